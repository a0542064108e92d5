// Packed columns as typed arrays and texts: the other side of report/page/packing.py.
(() => {
  const decoder = new TextDecoder();

  const bytesOf = (text) => {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
    return bytes;
  };

  const unsqueezed = async (text) => {
    const opened = new Blob([bytesOf(text.trim())]).stream();
    const plain = opened.pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  };

  const packedText = (name) => {
    const place = document.getElementById(name);
    const text = place.textContent;
    place.remove();
    return text;
  };

  // Unsigned whole numbers whose first bytes all come first.
  const joined = (bytes, about) => {
    const { rows, width } = about;
    const values = new Float64Array(rows);
    for (let plane = 0, factor = 1; plane < width; plane += 1, factor *= 256) {
      const start = about.at + plane * rows;
      for (let row = 0; row < rows; row += 1) values[row] += bytes[start + row] * factor;
    }
    return values;
  };

  const kinds = {
    numbers(bytes, about) {
      const values = joined(bytes, about);
      for (let row = 0; row < values.length; row += 1) {
        values[row] = values[row] === 0 ? NaN : values[row] - 1 + about.least;
      }
      return values;
    },
    steps(bytes, about) {
      const values = joined(bytes, about);
      let last = 0;
      for (let row = 0; row < values.length; row += 1) {
        const told = values[row];
        last += told % 2 ? -(told + 1) / 2 : told / 2;
        values[row] = last;
      }
      return values;
    },
    lines(bytes, about) {
      if (!about.rows) return [];
      return decoder.decode(bytes.subarray(about.at, about.at + about.size)).split("\n");
    },
  };

  const columnsOf = (raw) => {
    const size = new DataView(raw.buffer, raw.byteOffset).getUint32(0, true);
    const head = JSON.parse(decoder.decode(raw.subarray(4, 4 + size)));
    const bodies = raw.subarray(4 + size);
    const columns = {};
    for (const [name, about] of Object.entries(head)) {
      columns[name] = kinds[about.kind](bodies, about);
    }
    return columns;
  };

  // Texts from patterns and the numbers in them; the rank of each is its place among all, so that
  // "Block 2" comes before "Block 10".
  const PLAIN_RUN = 1;
  const MARK = /[\u0001-\u0009]/g;
  const wordsOf = (columns, name) => {
    const which = columns[`${name}.pattern`];
    const patterns = columns[`${name}.patterns`];
    const numbers = columns[`${name}.numbers`];
    const marks = patterns.map((pattern) => (pattern.match(MARK) || []).length);
    const rows = which.length;
    const texts = new Array(rows);
    const firsts = new Float64Array(rows);
    let next = 0;
    for (let row = 0; row < rows; row += 1) {
      const pattern = patterns[which[row]];
      if (!marks[which[row]]) { texts[row] = pattern; continue; }
      let text = "";
      let value = 0;
      for (const letter of pattern) {
        const width = letter.charCodeAt(0) - PLAIN_RUN;
        if (letter.length > 1 || width < 0 || width > 8) { text += letter; continue; }
        const number = numbers[next];
        next += 1;
        value = number;
        text += width ? String(number).padStart(width, "0") : number;
      }
      texts[row] = text;
      firsts[row] = value;
    }
    return { texts, which, patterns, lasts: firsts };
  };

  const unpack = async (name) => columnsOf(await unsqueezed(packedText(name)));
  const unpackGiven = async (text) => columnsOf(await unsqueezed(text));
  const readGiven = async (text) => decoder.decode(await unsqueezed(text));
  const unpackText = async (name) => decoder.decode(await unsqueezed(packedText(name)));
  Object.assign(window.roofpv, { unpack, unpackGiven, readGiven, unpackText, wordsOf });
})();
