// Portkey 1.15.2 appends headers to the answer of fetch. In Node those are immutable, so every stream fails with 500;
// a copy of the answer has headers that can be changed. Bun needs no such thing.
const fetchAsIs = globalThis.fetch;
globalThis.fetch = async (...call) => {
  const answer = await fetchAsIs(...call);
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers: answer.headers });
};
