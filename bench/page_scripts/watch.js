// Each redraw of the live curve: how old the newest sample of every packet is that came since the last one.
// The strip is watched and not the pen: the pen stands still while the tension does.
() =>
  new MutationObserver(() => {
    window.redraws++;
    const nowUs = (performance.timeOrigin + performance.now()) * 1000;
    for (const newestUs of window.arrived.splice(0)) window.ages.push((nowUs - newestUs) / 1000);
  }).observe(document.querySelector('.plot .past > [style*="will-change"]'), { attributes: true, attributeFilter: ['style'] })
