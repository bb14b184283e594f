// Work that waits for the screen.

// Milliseconds after which a page that nobody sees, and that is drawn no more, goes on too.
const UNSEEN = 200;

/** The next turn of the page: everything that was begun has gone its way. */
export function pause() {
  return new Promise((resolve) => setTimeout(resolve));
}

/** The next frame is drawn. */
export function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, UNSEEN);
  });
}
