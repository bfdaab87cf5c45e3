// A conversation with a mediator: listens while one is awaited or there, over server-sent events or, where these do not
// come through, by asking every few seconds.

const PAUSE = 5000; // milliseconds between two questions whether there is something new

// Calls `heard.message(message)` for each new message and `heard.state(state)` for each new state, until the state is
// "none" or "closed" or the returned function is called.
export function listen(address, heard) {
  let last = 0;
  let state = null;
  let stream = null;
  let timer = null;
  let over = false;

  function stop() {
    over = true;
    if (stream) stream.close();
    clearTimeout(timer);
  }

  function changed(next) {
    if (over || next === state) return;
    state = next;
    heard.state(next);
    if (next === "closed" || next === "none") stop();
  }

  function message(each) {
    if (over || each.id <= last) return;
    last = each.id;
    heard.message(each);
  }

  async function ask() {
    try {
      const answer = await fetch(`${address}/messages?after=${last}`, { credentials: "omit" });
      if (answer.status === 404) return changed("none"); // the conversation is forgotten
      const news = await answer.json();
      news.messages.forEach(message);
      changed(news.state);
    } catch (away) { /* the next time */ }
    if (!over) timer = setTimeout(ask, PAUSE);
  }

  function follow() {
    stream = new EventSource(`${address}/events?after=${last}`);
    stream.addEventListener("message", (event) => message(JSON.parse(event.data)));
    stream.addEventListener("state", (event) => changed(JSON.parse(event.data).state));
    stream.addEventListener("error", () => {
      if (over || stream.readyState !== EventSource.CLOSED) return; // otherwise it tries again by itself
      stream.close();
      ask();
    });
  }

  if (window.EventSource) follow(); else ask();
  return stop;
}
