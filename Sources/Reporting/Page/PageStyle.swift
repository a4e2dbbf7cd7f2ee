/// The style of a report: the system's fonts, light or dark as the reader's system is.
enum PageStyle {
  static let css = """
    :root { color-scheme: light dark; --paper: #fff; --ink: #1d2129; --soft: #5b6472;
      --rule: #dfe3e8; --panel: #f5f6f8; --strong: #a12fa8; --pale: #d097d4; --heat: #a12fa8;
      --right: #2f9e44; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #14171c; --ink: #e6e8ec; --soft: #9aa3b0; --rule: #2c323b;
        --panel: #1c2027; --strong: #d977e0; --pale: #7d4a82; --heat: #d977e0; --right: #5fcf77; }
    }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
    main { max-width: 1080px; margin: 0 auto; padding: 28px 16px 64px; }
    h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .4em; overflow-wrap: anywhere; }
    h2 { font-size: 1.2rem; margin: 2.2em 0 .6em; padding-top: .9em;
      border-top: 1px solid var(--rule); }
    h3 { font-size: 1rem; margin: 1.6em 0 .5em; }
    p { max-width: 46em; margin: .6em 0; overflow-wrap: anywhere; }
    .soft, figcaption { color: var(--soft); font-size: .875rem; }
    .note { border-left: 3px solid var(--strong); background: var(--panel); padding: .5em .8em; }
    .scroll { overflow-x: auto; max-width: 100%; }
    .tall { max-height: 460px; overflow-y: auto; }
    table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
    th, td { padding: .32em .7em; text-align: left; border-bottom: 1px solid var(--rule);
      vertical-align: top; }
    th { font-weight: 500; color: var(--soft); white-space: nowrap; }
    .number { text-align: right; white-space: nowrap; }
    .facts td { overflow-wrap: anywhere; min-width: 9em; }
    pre, code { font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
    pre { background: var(--panel); padding: .8em 1em; margin: .4em 0; width: max-content;
      min-width: 100%; }
    .charts { display: grid; gap: 18px 28px;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); }
    .chart { margin: 0; } .chart svg { display: block; width: 100%; height: auto; }
    .chart svg svg { overflow: hidden; }
    .chart figcaption { padding-left: 11%; }
    .grid { stroke: var(--rule); stroke-width: 1; fill: none; }
    .axis { stroke: var(--soft); stroke-width: 1; fill: none; }
    .drop { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 5 4; }
    .tick { fill: var(--soft); font-size: 12px; }
    .middle { text-anchor: middle; } .end { text-anchor: end; }
    .line { fill: none; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
    .line.strong { stroke: var(--strong); stroke-width: 2.2; }
    .line.pale { stroke: var(--pale); stroke-width: 1.6; }
    .dot.strong { fill: var(--strong); } .dot.pale { fill: var(--pale); }
    .key { margin-right: 1em; white-space: nowrap; }
    .key::before { content: ""; display: inline-block; width: 1.5em; height: 3px;
      margin-right: .45em; vertical-align: middle; background: var(--strong); }
    .key.pale::before { background: var(--pale); }
    .confusion td, .confusion th { padding: .3em .5em; text-align: right; border: 0; }
    .confusion td { min-width: 2.9em; position: relative; }
    .confusion td::before { content: ""; position: absolute; inset: 1px; z-index: -1;
      border-radius: 3px; background: var(--heat); opacity: var(--share); }
    .confusion td.right::before { background: var(--right); }
    .confusion { isolation: isolate; } .confusion thead th { vertical-align: bottom; }
    .bar { display: block; height: .75em; margin-top: .4em; min-width: 1px; border-radius: 2px;
      background: var(--strong); }
    .bars { width: 100%; } .bars td:last-child { width: 100%; min-width: 90px; }
    .mistakes { display: grid; gap: 16px 12px;
      grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); }
    .mistakes figure { margin: 0; width: 104px; } .mistakes figcaption { line-height: 1.35; }
    .mistakes img { display: block; width: 96px; height: 96px; image-rendering: pixelated;
      border-radius: 4px; }
    .mistakes b { color: var(--ink); font-weight: 600; }
    """
}
