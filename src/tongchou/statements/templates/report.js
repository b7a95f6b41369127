"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const PRINTED_WIDTH = 1020; // pixels between the margins of a landscape A4 page
  const WORDS = {
    inpatient: { zh: "住院累计", en: "Inpatient, cumulated" },
    outpatient: { zh: "门诊累计", en: "Outpatient, cumulated" },
    budget: { zh: "预算累计", en: "Budget, cumulated" },
    unit: { zh: "万元", en: "million yuan" },
    yuan: { zh: "元", en: "yuan" },
    cases: { zh: "例", en: "cases" },
    times: { zh: "人次", en: "referrals" },
  };
  const charts = new Map();
  let isPrinting = false;

  const language = () => root.dataset.language;
  const say = (text) => text[language()];
  const yuan = (fen) =>
    (fen / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const scaled = (fen) => fen / (language() === "zh" ? 1e6 : 1e8);
  const short = (fen) =>
    scaled(fen).toLocaleString("en-US", {
      minimumFractionDigits: language() === "zh" ? 1 : 2,
      maximumFractionDigits: language() === "zh" ? 1 : 2,
    });
  const signed = (fen) => (fen > 0 ? "+" : "") + short(fen);
  const safe = (words) => echarts.format.encodeHTML(words);

  function palette() {
    const style = getComputedStyle(root);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      ink: colour("ink"), muted: colour("muted"), rule: colour("rule"), panel: colour("panel"),
      gain: colour("gain"), soft: colour("gain-soft"), loss: colour("loss"), neutral: colour("neutral"),
      font: getComputedStyle(document.body).fontFamily,
    };
  }

  function base(colours) {
    return {
      animation: false,
      backgroundColor: "transparent",
      textStyle: { fontFamily: colours.font, fontSize: 14, color: colours.ink },
      tooltip: {
        confine: true, backgroundColor: colours.panel, borderColor: colours.rule,
        textStyle: { color: colours.ink, fontFamily: colours.font },
      },
    };
  }

  const valueAxis = (colours) => ({
    type: "value",
    axisLabel: { color: colours.muted, hideOverlap: true },
    splitLine: { lineStyle: { color: colours.rule } },
  });

  // The names get their own column of fixed width, in which long ones wrap instead of being cut.
  const nameAxis = (colours, names, width) => ({
    type: "category",
    inverse: true,
    data: names,
    axisTick: { show: false },
    axisLine: { show: false },
    axisLabel: { color: colours.ink, fontSize: 14, width, overflow: "break", interval: 0, lineHeight: 17 },
  });

  function burn(colours) {
    const line = (key, extra) => ({
      name: say(WORDS[key]), type: "line", symbol: "none", data: data.burn.map((row) => scaled(row[key])), ...extra,
    });
    return {
      ...base(colours),
      color: [colours.gain, colours.soft, colours.loss],
      legend: { top: 0, textStyle: { color: colours.ink, fontSize: 15 }, itemGap: 24 },
      grid: { left: 84, right: 36, top: 48, bottom: 34 },
      tooltip: { ...base(colours).tooltip, trigger: "axis", valueFormatter: (value) =>
        `${value.toLocaleString("en-US", { maximumFractionDigits: 2 })} ${say(WORDS.unit)}` },
      xAxis: {
        type: "category", boundaryGap: false, data: data.burn.map((row) => row.month),
        axisLabel: { color: colours.muted }, axisLine: { lineStyle: { color: colours.muted } },
      },
      yAxis: valueAxis(colours),
      series: [
        line("inpatient", { stack: "used", lineStyle: { width: 0 }, areaStyle: { opacity: 0.9 } }),
        line("outpatient", { stack: "used", lineStyle: { width: 0 }, areaStyle: { opacity: 0.9 } }),
        line("budget", { lineStyle: { width: 3, type: "dashed" } }),
      ],
    };
  }

  function diverging(rows, nameWidth, colours) {
    return {
      ...base(colours),
      grid: { left: nameWidth + 20, right: 24, top: 8, bottom: 30 },
      tooltip: {
        ...base(colours).tooltip,
        formatter: ({ dataIndex }) => {
          const row = rows[dataIndex];
          return `${safe(say(row.name))}<br>${yuan(row.result)} ${say(WORDS.yuan)} · ${row.cases} ${say(WORDS.cases)}`;
        },
      },
      // Room on both sides for the figures at the ends of the bars.
      xAxis: { ...valueAxis(colours), boundaryGap: ["12%", "12%"] },
      yAxis: nameAxis(colours, rows.map((row) => say(row.name)), nameWidth),
      series: [{
        type: "bar",
        barMaxWidth: 22,
        data: rows.map((row) => ({
          value: scaled(row.result),
          itemStyle: { color: row.result < 0 ? colours.loss : colours.gain },
          label: {
            show: true, position: row.result < 0 ? "left" : "right", color: colours.ink, fontSize: 14,
            formatter: signed(row.result),
          },
        })),
      }],
    };
  }

  function sankey(rows, measure, colours) {
    const total = rows.reduce((sum, row) => sum + row.value, 0);
    const sums = new Map();
    for (const row of rows) {
      for (const [side, name] of [["from", row.from], ["to", row.to]]) {
        const node = sums.get(side + name.zh) ?? { side, name, value: 0 };
        node.value += row.value;
        sums.set(side + name.zh, node);
      }
    }
    const shown = (value) => (measure === "fund" ? `${short(value)} ${say(WORDS.unit)}` : `${value} ${say(WORDS.times)}`);
    const share = (value) => `${((100 * value) / total).toFixed(1)}%`;
    return {
      ...base(colours),
      tooltip: {
        ...base(colours).tooltip,
        formatter: ({ dataType, dataIndex, name }) => {
          if (dataType === "node") {
            const node = sums.get(name);
            return `${safe(say(node.name))}<br>${shown(node.value)} · ${share(node.value)}`;
          }
          const row = rows[dataIndex];
          return `${safe(say(row.from))} → ${safe(say(row.to))}<br>${shown(row.value)} · ${share(row.value)}`;
        },
      },
      series: [{
        type: "sankey",
        left: 160, right: 180, top: 22, bottom: 26, nodeWidth: 16, nodeGap: 48, draggable: false,
        emphasis: { focus: "adjacency" },
        lineStyle: { color: "source", opacity: 0.32, curveness: 0.5 },
        data: [...sums].map(([key, node]) => ({
          name: key,
          depth: node.side === "from" ? 0 : 1,
          itemStyle: { color: node.side === "from" ? colours.gain : colours.neutral, borderWidth: 0 },
          label: {
            position: node.side === "from" ? "left" : "right",
            width: node.side === "from" ? 150 : 170,
            overflow: "break", color: colours.ink, fontSize: 14, lineHeight: 18,
            formatter: `${say(node.name)}\n${shown(node.value)}\n${share(node.value)}`,
          },
        })),
        links: rows.map((row) => ({
          source: `from${row.from.zh}`, target: `to${row.to.zh}`, value: row.value,
        })),
      }],
    };
  }

  function waterfall(rows, nameWidth, colours) {
    const low = (row) => Math.min(row.start, row.end);
    // Below zero (a deficit) the hidden bar is negative too, so that the shown one stacks on its far end.
    const hidden = (row) => (low(row) < 0 ? Math.max(row.start, row.end) : low(row));
    return {
      ...base(colours),
      grid: { left: nameWidth + 20, right: 84, top: 8, bottom: 30 },
      tooltip: {
        ...base(colours).tooltip,
        formatter: ({ dataIndex }) => `${safe(say(rows[dataIndex].name))}<br>${yuan(rows[dataIndex].amount)} ${say(WORDS.yuan)}`,
      },
      xAxis: valueAxis(colours),
      yAxis: nameAxis(colours, rows.map((row) => say(row.name)), nameWidth),
      series: [
        { type: "bar", stack: "steps", silent: true, itemStyle: { color: "transparent" }, barMaxWidth: 22,
          data: rows.map((row) => scaled(hidden(row))) },
        { type: "bar", stack: "steps", barMaxWidth: 22,
          data: rows.map((row, index) => ({
            value: scaled(low(row) < 0 ? -row.amount : row.amount),
            itemStyle: { color: index > 0 ? colours.soft : low(row) < 0 ? colours.loss : colours.gain },
            label: { show: true, position: "right", color: colours.ink, fontSize: 14, formatter: short(row.amount) },
          })) },
      ],
    };
  }

  const nameWidth = (element, most) => Math.min(most, Math.round(element.clientWidth * 0.36));

  // Every row is as high as its name needs when wrapped; a Chinese character is as wide as the letters are high.
  function listHeight(rows, width) {
    const advance = (sign) => (sign.charCodeAt(0) > 0x2e7f ? 14.5 : 8.2);
    const lines = (words) => Math.ceil([...words].reduce((sum, sign) => sum + advance(sign), 0) / width);
    const most = Math.max(...rows.map((row) => lines(say(row.name))));
    // Printed rows stand closer, so that thirty groups fit on a page.
    return 48 + rows.length * (isPrinting ? 17 * most + 3 : Math.max(34, 17 * most + 8));
  }

  const list = (rows, most, build) => ({
    height: (element) => listHeight(rows, nameWidth(element, most)),
    draw: (colours, element) => build(rows, nameWidth(element, most), colours),
  });
  const flow = (rows, measure) => ({
    height: () => Math.max(440, 80 * new Set(rows.map((row) => row.to.zh)).size),
    draw: (colours) => sankey(rows, measure, colours),
  });
  const PICTURES = {
    waterfall: list(data.waterfall, 220, waterfall),
    burn: { height: () => 400, draw: burn },
    institutions: list(data.institutions, 260, diverging),
    groups: list(data.groups, 400, diverging),
    treatment: flow(data.treatment, "fund"),
    referral: flow(data.referral, "count"),
  };

  function draw() {
    const colours = palette();
    for (const [name, picture] of Object.entries(PICTURES)) {
      const element = document.getElementById(name);
      if (!element) continue;
      element.style.height = `${picture.height(element)}px`;
      const chart = charts.get(name) ?? echarts.init(element, null, { renderer: "svg" });
      charts.set(name, chart);
      chart.resize({ width: isPrinting ? PRINTED_WIDTH : "auto" });
      chart.setOption(picture.draw(colours, element), true);
    }
  }

  function choose() {
    root.dataset.language = location.hash === "#en" ? "en" : "zh";
    root.lang = language() === "zh" ? "zh-CN" : "en";
    draw();
  }

  addEventListener("hashchange", choose);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("resize", draw);
  addEventListener("beforeprint", () => {
    isPrinting = true;
    root.dataset.theme = "light";
    draw();
  });
  addEventListener("afterprint", () => {
    isPrinting = false;
    delete root.dataset.theme;
    draw();
  });
  choose();
})();
