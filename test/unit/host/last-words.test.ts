// A peer that ends without having read all: what it has said last comes before the end of file.
import assert from "node:assert/strict";
import { test } from "node:test";
import { host } from "tsrunc:host";
import { needs } from "../../support/requirements.js";

const { native } = host;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("the last message of a peer that has left one unread", { skip: needs("tsrunc") }, (t) => {
  const [ours, theirs] = native.packetPair();
  t.after(() => native.close(ours));
  native.send(ours, [bytes("go")], []);
  native.send(theirs, [bytes("failed")], []);
  native.close(theirs);
  assert.equal(new TextDecoder().decode(native.receive(ours, 1000)?.data), "failed");
  assert.equal(native.receive(ours, 1000), null);
});

test("no message, and one unread", { skip: needs("tsrunc") }, (t) => {
  const [ours, theirs] = native.packetPair();
  t.after(() => native.close(ours));
  native.send(ours, [bytes("go")], []);
  native.close(theirs);
  assert.equal(native.receive(ours, 1000), null);
});
