'use strict';

// The host answers a subscription with server-sent events (graphql-sse, distinct connections mode) and all else with one result.
const accept = 'application/graphql-response+json, application/json;q=0.9, text/event-stream;q=0.1';
const start = 'subscription {\n  events(after: "beginning") {\n    type\n    subject\n    time\n    json\n  }\n}\n';

async function* results(response, stop) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { done, value } = await reader.read().catch(error => {
      if (stop.signal.aborted) return { done: true };
      throw error;
    });
    if (done) return;
    const frames = (rest + value).split('\n\n');
    rest = frames.pop();
    for (const frame of frames) {
      if (frame.startsWith('event: complete')) return;
      const data = frame.split('\n').find(line => line.startsWith('data: '));
      if (data) yield JSON.parse(data.slice(6));
    }
  }
}

async function fetcher(params, options) {
  const stop = new AbortController();
  const response = await fetch(location.pathname, {
    method: 'POST', signal: stop.signal, body: JSON.stringify(params), headers: { ...options?.headers, accept, 'content-type': 'application/json' },
  });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.json();
  const all = results(response, stop);
  // A generator would end only when the next result comes: so the request is ended first.
  const iterator = { next: () => all.next(), return: () => { stop.abort(); return all.return(); }, [Symbol.asyncIterator]: () => iterator };
  return iterator;
}

ReactDOM.createRoot(document.getElementById('graphiql')).render(React.createElement(GraphiQL, { fetcher, defaultQuery: start }));
