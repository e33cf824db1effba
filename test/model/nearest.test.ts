import t from 'tap';
import { nearest } from '../../src/model/nearest.ts';

const WORDS = ['scheduler', 'envoy', 'hodometer', 'modelgateway', 'pipelinegateway'];

void t.test('a slip finds its word', (t) => {
  for (const [slip, word] of [
    ['envoy', 'envoy'],
    ['envy', 'envoy'],
    ['envooy', 'envoy'],
    ['nevoy', 'envoy'],
    ['ENVOY', 'envoy'],
    ['schedular', 'scheduler'],
    ['modelgatway', 'modelgateway'],
    ['odomter', 'hodometer'],
  ] as const)
    t.equal(nearest(slip, WORDS), word, slip);
  t.end();
});

void t.test('another word finds none', (t) => {
  for (const other of ['', 'x', 'mlserver', 'triton', 'gateway', 'dataflow', 'envoyproxy'])
    t.equal(nearest(other, WORDS), undefined, other);
  t.equal(nearest('envoy', []), undefined);
  t.end();
});

void t.test('one letter in three may differ', (t) => {
  t.equal(nearest('abcxyf', ['abcdef']), 'abcdef');
  t.equal(nearest('abxyzf', ['abcdef']), undefined);
  t.equal(nearest('to', ['too']), 'too');
  t.equal(nearest('acb', ['abc']), 'abc', 'a swap is one slip');
  t.equal(nearest('cab', ['abc']), undefined);
  t.end();
});

void t.test('the nearest wins, and of several the first', (t) => {
  t.equal(nearest('abcdeg', ['abcxef', 'abcdef']), 'abcdef');
  t.equal(nearest('abcde', ['abcdx', 'abcdy']), 'abcdx');
  t.end();
});

void t.test('a very long word is nobody’s slip', (t) => {
  const [long, longest] = ['a'.repeat(129), 'a'.repeat(128)];
  t.equal(nearest(long, [long]), undefined);
  t.equal(nearest(longest, [long]), undefined);
  t.equal(nearest(longest, [longest]), longest);
  t.end();
});
