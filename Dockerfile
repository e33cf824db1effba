# Two stages: everything to build with, then only what runs: Node, one bundle, the policies. The guard needs no shell, no
# write access and no root.

# build makes what is the same for every architecture, so nothing is emulated for another one.
FROM --platform=$BUILDPLATFORM node:24.21.0-trixie-slim AS build
WORKDIR /guard
COPY package.json package-lock.json ./
# With optional packages: esbuild's own program is one.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY policies ./policies
COPY src ./src
RUN npm run bundle

# Node and the libraries that it needs, rebuilt whenever Debian or Node mends something. No shell, no npm.
FROM gcr.io/distroless/nodejs24-debian13:nonroot
LABEL org.opencontainers.image.title="seldon-guard" \
      org.opencontainers.image.description="Keeps Seldon Core v2 alive on Kubernetes: an admission webhook and a scanner that reason about effects and say what breaks, why, and the patch that cures it" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# Found by its name, wherever an image has it: the chart's Helm test runs `node`.
ENV PATH=/nodejs/bin:$PATH NODE_ENV=production
# Before WORKDIR, which would make the folder the user's own: what runs here cannot change itself.
COPY LICENSE package.json /guard/
COPY policies /guard/policies
COPY --from=build /guard/dist/bundle /guard/dist/bundle
WORKDIR /guard
USER 65532:65532
EXPOSE 8443 8080
# No HEALTHCHECK: Kubernetes does not run it, and asks /healthz and /readyz itself.
# A small young generation: a replica that watches 10,000 pods stays under 200 MB, and an admission costs the same.
ENTRYPOINT ["node", "--max-semi-space-size=2", "dist/bundle/main.js"]
CMD ["serve", "--host", "0.0.0.0"]
