# Two stages: everything to build with, then only what runs. The guard needs no shell, no write access and no root.
FROM node:24-bookworm-slim AS build
WORKDIR /guard
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY src ./src
COPY policies ./policies
RUN npm run build && npm ci --omit=dev --omit=optional

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /guard
COPY --from=build /guard/package.json ./
COPY --from=build /guard/node_modules ./node_modules
COPY --from=build /guard/dist ./dist
COPY --from=build /guard/policies ./policies
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve", "--host", "0.0.0.0"]
