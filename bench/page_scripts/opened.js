// Milliseconds from asking for a page to a curve on it, without a download of the program.
async (path) => {
  const begun = performance.now();
  history.pushState(null, '', path);
  dispatchEvent(new PopStateEvent('popstate'));
  const inked = (canvas) =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
  while (![...document.querySelectorAll('figure canvas')].some(inked)) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}
