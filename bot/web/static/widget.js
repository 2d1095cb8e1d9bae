/*! Retour chat widget. Apache-2.0. One script tag, no dependency; its attributes and colours: docs/on-my-shop.md. */
(() => {
  'use strict';
  if (customElements.get('retour-chat')) return;

  const SCRIPT = document.currentScript;
  const BASE = new URL('.', SCRIPT ? SCRIPT.src : location.href);
  const API = new URL('api/chat/', BASE);
  const LIMIT = 2000;
  const MAX_SIDE = 2048;
  const KEEP_BELOW = 3e6; // bytes; a picture this small and within MAX_SIDE goes out untouched
  const RAW_MAX = 15 * 1024 * 1024; // what the server takes
  const PARALLEL = 3;
  const PHOTOS_AT_ONCE = 10;

  // ---------------------------------------------------------------- words
  const WORDS = {
    en: {
      name: 'Customer service', role: 'Automated assistant. A person can take over.', openChat: 'Open the chat',
      unread: (n) => `Open the chat, ${n} unread ${n === 1 ? 'message' : 'messages'}`, close: 'Close the chat', log: 'Conversation',
      write: 'Write a message…', field: 'Your message', send: 'Send', addPhotos: 'Add photos', drop: 'Drop your photos here',
      answers: 'Suggested answers', you: 'You', bot: 'Assistant', agent: 'Customer service', chosen: 'your answer', today: 'Today', yesterday: 'Yesterday',
      pending: 'Waiting to be sent', remove: (n) => `Remove ${n}`, photo: (n) => `Photo ${n}, opens full size`,
      photoGone: 'Photo unavailable', sending: (n) => `Sending ${n}`, retry: (n) => `Try again with ${n}`,
      latest: 'Latest messages', left: (n) => `${n} characters left`, over: (n) => `${n} characters too many`,
      waiting: 'A person has been asked to join. You can go on writing.', human: 'A person is answering you.',
      offline: 'No connection. Your messages are kept and leave as soon as it is back.', ended: 'The earlier conversation has ended; this is a new one.',
      empty: 'Write a message or add a photo first.', tooLong: (n) => `A message holds at most 2,000 characters and this one has ${n}; please shorten it.`,
      notPhoto: (n) => `${n} is not a photo; please choose JPEG, PNG, WebP or HEIC.`, tooBig: (n) => `${n} is too large to send; please choose a photo below 15 MB.`,
      tooMany: (n) => `At most ${n} photos fit in one message; send these first.`,
      lost: (n) => `${n} could not be sent; check the connection and try again.`, refused: (n) => `${n} was not accepted; please choose another photo.`,
      failed: 'The message was not accepted; please write it again.', down: 'The chat cannot be reached right now; it will keep trying.',
      ask: (a, b) => (a >= b ? `Add ${a} ${a === 1 ? 'photo' : 'photos'}` : `Add ${a} to ${b} photos`),
    },
    fr: {
      name: 'Service client', role: 'Assistant automatique. Une personne peut prendre le relais.', openChat: 'Ouvrir la discussion',
      unread: (n) => `Ouvrir la discussion, ${n} ${n === 1 ? 'message non lu' : 'messages non lus'}`, close: 'Fermer la discussion', log: 'Conversation',
      write: 'Écrivez un message…', field: 'Votre message', send: 'Envoyer', addPhotos: 'Ajouter des photos', drop: 'Déposez vos photos ici',
      answers: 'Réponses proposées', you: 'Vous', bot: 'Assistant', agent: 'Service client', chosen: 'votre réponse', today: 'Aujourd’hui', yesterday: 'Hier',
      pending: 'En attente d’envoi', remove: (n) => `Retirer ${n}`, photo: (n) => `Photo ${n}, s’ouvre en grand`,
      photoGone: 'Photo indisponible', sending: (n) => `Envoi de ${n}`, retry: (n) => `Réessayer avec ${n}`,
      latest: 'Derniers messages', left: (n) => `${n} caractères restants`, over: (n) => `${n} caractères de trop`,
      waiting: 'Une personne a été prévenue. Vous pouvez continuer à écrire.', human: 'Une personne vous répond.',
      offline: 'Pas de connexion. Vos messages sont gardés et partiront dès son retour.', ended: 'La conversation précédente est terminée ; en voici une nouvelle.',
      empty: 'Écrivez d’abord un message ou ajoutez une photo.', tooLong: (n) => `Un message contient au plus 2 000 caractères et celui-ci en a ${n} ; merci de le raccourcir.`,
      notPhoto: (n) => `${n} n’est pas une photo ; choisissez un fichier JPEG, PNG, WebP ou HEIC.`, tooBig: (n) => `${n} est trop lourd ; choisissez une photo de moins de 15 Mo.`,
      tooMany: (n) => `Un message contient au plus ${n} photos ; envoyez d’abord celles-ci.`,
      lost: (n) => `${n} n’a pas pu partir ; vérifiez la connexion et réessayez.`, refused: (n) => `${n} n’a pas été acceptée ; choisissez une autre photo.`,
      failed: 'Le message n’a pas été accepté ; merci de le réécrire.', down: 'La discussion est injoignable pour le moment ; nouvel essai en cours.',
      ask: (a, b) => (a >= b ? `Ajouter ${a} photo${a > 1 ? 's' : ''}` : `Ajouter ${a} à ${b} photos`),
    },
  };
  const languageOf = (tag) => (/^fr\b/i.test(tag || '') ? 'fr' : /^en\b/i.test(tag || '') ? 'en' : null);

  // ---------------------------------------------------------------- small tools
  const SVG = 'http://www.w3.org/2000/svg';
  const ICONS = {
    chat: 'M5 5.5h14a1.5 1.5 0 0 1 1.5 1.5v8.5A1.5 1.5 0 0 1 19 17h-6.2L8 20.5V17H5a1.5 1.5 0 0 1-1.5-1.5V7A1.5 1.5 0 0 1 5 5.5ZM8 9.75h8M8 12.75h5',
    close: 'M6 6l12 12M18 6 6 18', send: 'M12 19V5.5M6 11l6-6 6 6', down: 'M12 5v13.5M6 13l6 6 6-6', again: 'M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4',
    photo: 'M4.5 8A1.5 1.5 0 0 1 6 6.5h2l1.2-2h5.6l1.2 2h2A1.5 1.5 0 0 1 19.500 8v9.500A1.5 1.5 0 0 1 18 19H6a1.5 1.5 0 0 1-1.500-1.500ZM12 15.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
    file: 'M7 3.500h7l4 4v13H7ZM14 3.500v4h4M9.500 12.500h6M9.500 15.500h6',
  };
  /** An element with properties (`on…` listeners, `aria-…`/`data-…` attributes) and children; strings become text nodes, never markup. */
  function h(tag, props = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(props)) {
      if (value == null || value === false) continue;
      if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
      else if (key in node && !key.includes('-')) node[key] = value;
      else node.setAttribute(key, value === true ? '' : value);
    }
    node.append(...children.filter((child) => child != null && child !== false));
    return node;
  }
  function icon(name) {
    const svg = document.createElementNS(SVG, 'svg');
    const path = document.createElementNS(SVG, 'path');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    path.setAttribute('d', ICONS[name]);
    svg.append(path);
    return svg;
  }
  const backoff = (tries) => Math.min(8000, 500 * 2 ** tries) * (0.75 + Math.random() / 2);
  const lengthOf = (text) => [...text].length; // an emoji counts once, here as on the server
  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID(); // absent on plain http
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return [...bytes].map((b, i) => ([4, 6, 8, 10].includes(i) ? '-' : '') + b.toString(16).padStart(2, '0')).join('');
  }
  /** The address as http(s), or null: `javascript:` and its kin never become a link. */
  function safeUrl(address) {
    try {
      const url = new URL(address, BASE);
      return /^https?:$/.test(url.protocol) ? url.href : null;
    } catch {
      return null;
    }
  }
  /** Text with its http(s) addresses as links. */
  function linked(text) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
      const address = match[0].replace(/[.,;:!?)\]}»’']+$/, '');
      if (!safeUrl(address)) continue;
      parts.push(text.slice(end, match.index), h('a', { href: address, target: '_blank', rel: 'noopener noreferrer', textContent: address }));
      end = match.index + address.length;
    }
    return [...parts, text.slice(end)];
  }

  /** Browser storage that forgets instead of failing where it is blocked. Keys are per Retour address. */
  class Store {
    constructor(area) {
      this.area = area;
      this.prefix = `retour:${BASE.host}${BASE.pathname}:`;
      this.memory = new Map();
    }
    get(key) {
      try {
        return JSON.parse(window[this.area].getItem(this.prefix + key));
      } catch {
        return this.memory.get(key) ?? null;
      }
    }
    set(key, value) {
      this.memory.set(key, value);
      try {
        if (value === null) window[this.area].removeItem(this.prefix + key);
        else window[this.area].setItem(this.prefix + key, JSON.stringify(value));
      } catch { /* private mode or full: memory serves this page */ }
    }
    keys(start) {
      try {
        return Object.keys(window[this.area]).filter((k) => k.startsWith(this.prefix + start)).map((k) => k.slice(this.prefix.length));
      } catch {
        return [...this.memory.keys()].filter((k) => k.startsWith(start));
      }
    }
  }

  /** Photos that are not uploaded yet, kept over a reload. Where the browser refuses, they live as long as the page. */
  const shelf = {
    run(mode, work) {
      this.db ||= new Promise((ok, no) => {
        const ask = indexedDB.open('retour', 1);
        ask.onupgradeneeded = () => ask.result.createObjectStore('photos');
        ask.onsuccess = () => ok(ask.result);
        ask.onerror = () => no(ask.error);
      });
      return this.db.then((db) => new Promise((ok, no) => {
        const request = work(db.transaction('photos', mode).objectStore('photos'));
        request.onsuccess = () => ok(request.result);
        request.onerror = () => no(request.error);
      })).catch(() => null);
    },
    put(key, file) { return this.run('readwrite', (photos) => photos.put(file, key)); },
    get(key) { return this.run('readonly', (photos) => photos.get(key)); },
    drop(key) { return this.run('readwrite', (photos) => photos.delete(key)); },
  };

  // ---------------------------------------------------------------- server
  /** The server said no and will say no again; `message` is its own sentence, or empty. */
  class Refused extends Error {
    constructor(status, error) {
      super((error && error.message) || '');
      this.status = status;
    }
  }
  const isFinal = (status) => status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status);

  async function call(method, path, { token, body, signal } = {}) {
    const headers = body ? { 'Content-Type': 'application/json' } : {};
    if (token) headers.Authorization = `Bearer ${token}`;
    const answer = await fetch(new URL(path, API), { method, headers, body: body && JSON.stringify(body), signal, cache: 'no-store' });
    if (answer.ok) return answer.json();
    const error = (await answer.json().catch(() => ({}))).error;
    if (answer.status === 401) throw Object.assign(new Error('expired'), { expired: true });
    throw isFinal(answer.status) ? new Refused(answer.status, error) : new Error(`HTTP ${answer.status}`);
  }

  /**
   * The way to the server for one conversation: a WebSocket, long polling where that does not come up, and patience.
   * `on` has message(m), state(s), typing(bool), online(bool) and expired().
   */
  class Line {
    constructor(on) {
      this.on = on;
      this.round = 0;
      this.acks = new Map();
    }
    start(token, after) {
      this.stop();
      this.token = token;
      this.after = after;
      this.loop(++this.round);
    }
    stop() {
      this.round++;
      this.abort?.abort();
      this.newest?.close();
      this.wake?.();
    }
    /** Ends a wait between two tries: the browser came back online or into sight. */
    hurry() {
      this.tries = 0;
      this.wake?.();
    }
    async loop(round) {
      this.tries = 0;
      while (round === this.round) {
        if (await this.stream()) {
          this.tries = 0;
          await this.pause(300 * Math.random());
          continue;
        }
        // HTTP tells a blocked WebSocket from an absent server, and a forgotten token from both.
        try {
          const until = Date.now() + 60000;
          for (let wait = 0; round === this.round && Date.now() < until; wait = 25) {
            this.abort = new AbortController();
            const news = await call('GET', `messages?after=${this.after}&wait=${wait}`, { token: this.token, signal: this.abort.signal });
            if (round !== this.round) return;
            this.tries = 0;
            this.on.online(true);
            news.messages.forEach((message) => this.heard(message));
            this.on.state(news);
            this.on.typing(Boolean(news.typing));
          }
        } catch (error) {
          if (round !== this.round) return;
          if (error.expired) return this.on.expired();
          this.on.online(false);
          await this.pause(backoff(this.tries++));
        }
      }
    }
    pause(ms) {
      return new Promise((done) => {
        this.wake = done;
        setTimeout(done, ms);
      });
    }
    heard(message) {
      this.after = Math.max(this.after, message.seq);
      this.on.message(message);
    }
    /** Lives as long as the socket; true when it worked at all. */
    stream() {
      return new Promise((done) => {
        const address = new URL(`stream?after=${this.after}`, API);
        address.protocol = address.protocol.replace('http', 'ws');
        let worked = false;
        let socket;
        try {
          socket = this.newest = new WebSocket(address);
        } catch {
          return done(false); // a content policy without this address
        }
        const up = () => {
          if (worked) return;
          worked = true;
          clearTimeout(timer);
          this.on.online(true);
        };
        let timer = setTimeout(() => socket.close(), 8000);
        socket.onopen = () => {
          socket.send(JSON.stringify({ token: this.token }));
          clearTimeout(timer);
          timer = setTimeout(up, 1500); // a quiet server that keeps the socket has accepted the token
          this.socket = socket;
        };
        socket.onmessage = (event) => {
          up();
          this.frame(JSON.parse(event.data));
        };
        socket.onclose = () => {
          clearTimeout(timer);
          if (this.socket === socket) this.socket = null;
          this.acks.forEach((ack) => ack.no(new Error('closed')));
          this.acks.clear();
          this.on.typing(false);
          done(worked);
        };
      });
    }
    frame(frame) {
      if (frame.type === 'message') this.heard(frame.message);
      else if (frame.type === 'state') this.on.state(frame);
      else if (frame.type === 'typing') this.on.typing(Boolean(frame.on));
      else if (frame.type === 'ping') {
        // A server that pings and then falls silent is gone, whatever the socket believes.
        clearTimeout(this.silence);
        this.silence = setTimeout(() => this.socket?.close(), 70000);
      } else if (frame.type === 'ack') this.acks.get(frame.client_id)?.ok(frame);
      else if (frame.type === 'error') {
        const error = frame.error || {};
        this.acks.get(frame.client_id)?.no(error.retryable ? new Error(error.code) : new Refused(422, error));
      }
    }
    /** Resolves to {seq} when the server holds the message; the same client_id may be sent again without harm. */
    send(body) {
      const socket = this.socket;
      if (!socket || socket.readyState !== 1) return call('POST', 'messages', { token: this.token, body });
      const id = body.client_id;
      return new Promise((ok, no) => {
        this.acks.set(id, { ok, no });
        setTimeout(() => this.acks.has(id) && socket.close(), 10000); // no answer: the socket is dead without knowing
        socket.send(JSON.stringify({ type: 'send', ...body }));
      }).finally(() => this.acks.delete(id));
    }
  }

  // ---------------------------------------------------------------- photos
  /**
   * The Exif block of a JPEG, told that the picture stands upright, or null. A canvas writes none, and the hour a photo
   * was taken is evidence that a shopper should not lose to a smaller upload.
   */
  async function exifOf(file) {
    const bytes = new Uint8Array(await file.slice(0, 131072).arrayBuffer());
    const view = new DataView(bytes.buffer);
    if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return null;
    for (let at = 2; at + 10 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda;) {
      const end = at + 2 + view.getUint16(at + 2);
      if (bytes[at + 1] === 0xe1 && view.getUint32(at + 4) === 0x45786966) {
        if (end > bytes.length) return null;
        const tiff = at + 10;
        const little = view.getUint16(tiff) === 0x4949;
        const first = tiff + view.getUint32(tiff + 4, little);
        for (let i = 0; i < view.getUint16(first, little); i++) {
          const entry = first + 2 + 12 * i;
          if (view.getUint16(entry, little) === 0x0112) view.setUint16(entry + 8, 1, little);
        }
        return bytes.slice(at, end);
      }
      at = end;
    }
    return null;
  }
  /** The photo at most MAX_SIDE pixels wide and high. What this browser cannot decode (HEIC, a text file) stays as it is: the server judges it. */
  async function lighter(file) {
    let picture;
    try {
      picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    } catch {
      return file;
    }
    const scale = Math.min(1, MAX_SIDE / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < KEEP_BELOW) {
      picture.close();
      return file;
    }
    const canvas = h('canvas', { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#fff'; // see-through PNG areas would turn black
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const jpeg = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
    if (!jpeg || (scale === 1 && jpeg.size >= file.size)) return file;
    const exif = await exifOf(file).catch(() => null);
    const parts = exif ? [jpeg.slice(0, 2), exif, jpeg.slice(2)] : [jpeg];
    return new File(parts, file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg' });
  }

  /** Photos of the message being written: made lighter, kept, uploaded three at a time. `changed()` after every change. */
  class Tray {
    constructor(store, token, changed) {
      Object.assign(this, { store, token, changed, items: [], preparing: Promise.resolve() });
    }
    get busy() { return this.items.some((item) => ['preparing', 'queued', 'uploading'].includes(item.status)); }
    get ready() { return this.items.filter((item) => item.status === 'done'); }
    save() {
      this.store.set('tray', this.items.filter((i) => i.status !== 'refused').map(({ key, name, photo }) => ({ key, name, photo })));
      this.changed();
    }
    async restore(urlOf) {
      for (const { key, name, photo } of this.store.get('tray') || []) {
        const file = photo ? null : await shelf.get(key);
        if (!photo && !file) continue;
        const item = { key, name, photo, file, progress: 0, status: photo ? 'done' : 'queued' };
        this.items.push(item);
        if (file) item.url = URL.createObjectURL(file);
        else urlOf(photo).then((url) => { item.url = url; this.changed(); }, () => null);
      }
      this.save();
      this.pump();
    }
    add(file) {
      const item = { key: uuid(), name: file.name || 'photo.jpg', file, progress: 0, status: 'preparing', url: URL.createObjectURL(file) };
      this.items.push(item);
      this.changed();
      // One after the other: decoded, a phone's photo takes 50 MB.
      this.preparing = this.preparing.then(async () => {
        item.file = await lighter(file);
        if (!this.items.includes(item)) return;
        if (item.file.size > RAW_MAX) return this.end(item, 'refused', 'tooBig');
        item.status = 'queued';
        await shelf.put(item.key, item.file);
        this.save();
        this.pump();
      });
    }
    pump() {
      const token = this.token();
      const running = this.items.filter((item) => item.status === 'uploading').length;
      if (token) this.items.filter((item) => item.status === 'queued').slice(0, PARALLEL - running).forEach((item) => this.upload(item, token));
    }
    upload(item, token) {
      const form = new FormData();
      form.append('client_id', item.key);
      form.append('photo', item.file, item.file.name || item.name);
      const request = (item.request = new XMLHttpRequest()); // fetch tells no upload progress
      item.status = 'uploading';
      request.open('POST', new URL('photos', API));
      request.setRequestHeader('Authorization', `Bearer ${token}`);
      request.responseType = 'json';
      request.timeout = 120000;
      request.upload.onprogress = (event) => {
        item.progress = event.total ? event.loaded / event.total : 0;
        this.changed();
      };
      request.onload = () => {
        if (request.status < 300 && request.response) {
          item.photo = request.response.photo;
          shelf.drop(item.key);
          return this.end(item, 'done');
        }
        if (!isFinal(request.status)) return this.end(item, 'failed', 'lost');
        item.message = request.response?.error?.message;
        this.end(item, 'refused', request.status === 413 ? 'tooBig' : 'refused');
      };
      request.onerror = request.ontimeout = () => this.end(item, 'failed', 'lost');
      request.send(form);
      this.changed();
    }
    end(item, status, why) {
      if (!this.items.includes(item)) return;
      Object.assign(item, { status, why, request: null });
      if (status === 'refused') shelf.drop(item.key);
      this.save();
      this.pump();
    }
    retry(item) {
      Object.assign(item, { status: 'queued', why: null });
      this.save();
      this.pump();
    }
    retryAll() { this.items.filter((item) => item.status === 'failed').forEach((item) => this.retry(item)); }
    remove(item) {
      this.items = this.items.filter((other) => other !== item);
      item.request?.abort();
      shelf.drop(item.key);
      this.save();
      this.pump();
    }
    clear() { [...this.items].forEach((item) => this.remove(item)); }
  }

  // ---------------------------------------------------------------- looks
  const DARK = `
    --accent: var(--retour-accent-dark, #8ccdbd); --accent-ink: var(--retour-accent-ink-dark, #0d211c); --mine: var(--retour-bubble-dark, #29564b); --mine-ink: var(--retour-bubble-ink-dark, #f2f8f6);
    --surface: var(--retour-surface-dark, #191e1c); --ink: var(--retour-ink-dark, #eceeed); --soft: var(--retour-soft-dark, #272e2b); --muted: var(--retour-muted-dark, #a7b1ad);
    --edge: #39413e; --control: #7d8985; --danger: #ffb3a8; --notice: #2b2a1f; --shade: 0 12px 40px rgb(0 0 0 / .55); color-scheme: dark;`;
  const STYLE = `
  :host { all: initial;
    --accent: var(--retour-accent, #1f5c50); --accent-ink: var(--retour-accent-ink, #fff); --mine: var(--retour-bubble, var(--accent)); --mine-ink: var(--retour-bubble-ink, var(--accent-ink));
    --surface: var(--retour-surface, #fff); --ink: var(--retour-ink, #1c2422); --soft: var(--retour-soft, #f3f2ee); --muted: var(--retour-muted, #5b6562);
    --edge: #e3e1da; --control: #848c88; --danger: #a3241d; --notice: #fbf4df; --shade: 0 12px 40px rgb(20 30 27 / .22); --round: var(--retour-radius, 18px); color-scheme: light;
    font: 15px/1.45 var(--retour-font, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif); color: var(--ink); direction: inherit;
    position: fixed; inset-block-end: 0; inset-inline-end: 0; z-index: var(--retour-layer, 2147483000); -webkit-text-size-adjust: 100%; }
  :host([data-position=start]) { inset-inline: 0 auto; }
  @media (prefers-color-scheme: dark) { :host(:not([data-theme=light])) { ${DARK} } }
  :host([data-theme=dark]) { ${DARK} }
  *, ::before, ::after { box-sizing: border-box; }
  [hidden] { display: none !important; }
  button, textarea { font: inherit; color: inherit; margin: 0; }
  button { cursor: pointer; background: none; border: 0; padding: 0; touch-action: manipulation; }
  svg { inline-size: 24px; block-size: 24px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; display: block; flex: none; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  .hush { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .say { unicode-bidi: plaintext; }
  .launch { position: absolute; inset-block-end: 20px; inset-inline-end: 20px; inline-size: 60px; block-size: 60px; border-radius: 50%; background: var(--accent); color: var(--accent-ink); display: grid; place-items: center; box-shadow: 0 4px 18px rgb(20 30 27 / .28); transition: transform .15s; }
  :host([data-position=start]) .launch { inset-inline: 20px auto; }
  .launch:hover { transform: translateY(-2px); }
  .launch svg { inline-size: 28px; block-size: 28px; }
  .badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; block-size: 22px; padding-inline: 6px; border-radius: 11px; background: #b3261e; color: #fff; font-size: 13px; font-weight: 600; line-height: 22px; text-align: center; box-shadow: 0 0 0 2px var(--surface); }
  .panel { position: absolute; inset-block-end: 20px; inset-inline-end: 20px; inline-size: min(400px, calc(100vw - 40px)); block-size: min(700px, calc(100vh - 40px)); display: flex; flex-direction: column; background: var(--surface); border-radius: var(--round); box-shadow: var(--shade), 0 0 0 1px var(--edge); overflow: hidden; animation: rise .18s ease-out; outline: 0; }
  :host([data-position=start]) .panel { inset-inline: 20px auto; }
  @keyframes rise { from { opacity: 0; transform: translateY(10px); } }
  header { display: flex; align-items: center; gap: 12px; padding-inline: 16px 8px; padding-block: 12px; padding-block-start: calc(12px + env(safe-area-inset-top, 0px)); border-block-end: 1px solid var(--edge); }
  .crest { inline-size: 38px; block-size: 38px; border-radius: 50%; background: var(--accent); color: var(--accent-ink); display: grid; place-items: center; font-weight: 600; font-size: 17px; flex: none; }
  .title { flex: 1; min-inline-size: 0; }
  h2 { margin: 0; font-size: 16px; line-height: 1.3; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .title p { margin: 0; text-wrap: balance; font-size: 13px; line-height: 1.35; color: var(--muted); }
  .round { inline-size: 44px; block-size: 44px; border-radius: 50%; display: grid; place-items: center; color: var(--muted); flex: none; }
  .round:hover { background: var(--soft); color: var(--ink); }
  .band { margin: 0; padding: 8px 16px; font-size: 13.5px; background: var(--notice); border-block-end: 1px solid var(--edge); }
  .band.human { background: var(--soft); }
  .band.human::before { content: ''; display: inline-block; inline-size: 8px; block-size: 8px; border-radius: 50%; background: #2c9a5f; margin-inline-end: 8px; }
  .middle { position: relative; flex: 1; min-block-size: 0; display: flex; }
  .log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 8px 14px 16px; scrollbar-width: thin; scrollbar-color: var(--control) transparent; }
  .log:focus-visible { outline-offset: -3px; }
  .m { display: flex; flex-direction: column; align-items: flex-start; margin-block-start: 3px; }
  .m.first { margin-block-start: 14px; }
  .m.shopper { align-items: flex-end; }
  .day { align-self: center; margin-block: 10px 2px; font-size: 12.5px; color: var(--muted); }
  .who { font-size: 12.5px; color: var(--muted); margin-block-end: 3px; padding-inline: 12px; }
  .b { max-inline-size: min(86%, 460px); padding: 9px 13px; border-radius: var(--round); background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; text-align: start; }
  .bot:not(.last) .b, .agent:not(.last) .b { border-end-start-radius: 6px; }
  .bot:not(.first) .b, .agent:not(.first) .b { border-start-start-radius: 6px; }
  .agent .b { background: var(--surface); box-shadow: inset 0 0 0 1px var(--control); }
  .shopper .b { background: var(--mine); color: var(--mine-ink); }
  .shopper:not(.last) .b { border-end-end-radius: 6px; }
  .shopper:not(.first) .b { border-start-end-radius: 6px; }
  .system { align-items: center; }
  .system .b { background: none; color: var(--muted); font-size: 13.5px; text-align: center; }
  .b a { color: inherit; text-decoration: underline; text-underline-offset: 2px; }
  .pending .b, .pending .pics { opacity: .72; }
  .meta { font-size: 12px; color: var(--muted); padding-inline: 6px; margin-block-start: 3px; }
  .pics { display: flex; flex-wrap: wrap; gap: 4px; max-inline-size: 86%; margin-block-start: 3px; }
  .shopper .pics { justify-content: flex-end; }
  .pic { display: block; inline-size: 112px; block-size: 112px; border-radius: 12px; overflow: hidden; background: var(--soft); }
  .pic:only-child { inline-size: 200px; block-size: 150px; }
  .pic img, .thumb img { inline-size: 100%; block-size: 100%; object-fit: cover; display: block; }
  .card { display: flex; align-items: center; gap: 12px; max-inline-size: 86%; min-block-size: 56px; margin-block-start: 4px; padding: 10px 16px 10px 12px; border: 1px solid var(--control); border-radius: 14px; color: var(--ink); text-decoration: none; }
  .card:hover { background: var(--soft); }
  .card svg { color: var(--accent); inline-size: 28px; block-size: 28px; }
  .card b { display: block; font-weight: 600; overflow-wrap: anywhere; }
  .card span { font-size: 12.5px; color: var(--muted); }
  .qr { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 8px; max-inline-size: 100%; }
  .qr button { min-block-size: 44px; padding: 8px 16px; border-radius: 22px; border: 1.5px solid var(--accent); color: var(--accent); background: var(--surface); font-weight: 500; text-align: start; overflow-wrap: anywhere; display: inline-flex; align-items: center; gap: 8px; }
  .qr button:hover:enabled { background: var(--accent); color: var(--accent-ink); }
  .qr button:disabled { cursor: default; border-color: var(--edge); color: var(--muted); font-weight: 400; min-block-size: 34px; padding-block: 4px; font-size: 13.5px; }
  .qr button.chosen { background: var(--soft); color: var(--ink); border-color: var(--soft); }
  .qr button.chosen::before { content: '✓'; }
  .typing { display: flex; gap: 5px; padding: 14px; margin-block-start: 8px; background: var(--soft); border-radius: var(--round); inline-size: fit-content; }
  .typing i { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--muted); animation: dot 1.2s infinite; }
  .typing i:nth-child(2) { animation-delay: .15s; } .typing i:nth-child(3) { animation-delay: .3s; }
  @keyframes dot { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; transform: translateY(-3px); } }
  .latest { position: absolute; inset-block-end: 10px; inset-inline: 0; margin-inline: auto; inline-size: 44px; block-size: 44px; border-radius: 50%; background: var(--surface); box-shadow: 0 2px 10px rgb(0 0 0 / .25), 0 0 0 1px var(--edge); display: grid; place-items: center; }
  .drop { position: absolute; inset: 10px; border: 2px dashed var(--accent); border-radius: 14px; background: var(--surface); color: var(--accent); display: grid; place-items: center; font-weight: 600; opacity: .96; pointer-events: none; }
  footer { border-block-start: 1px solid var(--edge); padding: 10px 10px calc(10px + env(safe-area-inset-bottom, 0px)); }
  .wrong { margin: 0 4px 8px; color: var(--danger); font-size: 13.5px; }
  .tray { display: flex; gap: 10px; overflow-x: auto; padding: 10px 10px 10px 4px; margin: 0; list-style: none; scrollbar-width: thin; }
  .item { position: relative; flex: none; inline-size: 76px; }
  .thumb { position: relative; inline-size: 76px; block-size: 76px; border-radius: 12px; overflow: hidden; background: var(--soft); display: grid; place-items: center; color: var(--muted); }
  .uploading .thumb img, .queued .thumb img, .preparing .thumb img, .failed .thumb img, .refused .thumb img { opacity: .5; }
  .failed .thumb, .refused .thumb { box-shadow: 0 0 0 2px var(--danger); }
  .item progress { position: absolute; inset-inline: 8px; inset-block-end: 8px; inline-size: 60px; block-size: 6px; appearance: none; border: 0; border-radius: 3px; overflow: hidden; background: var(--surface); }
  .item progress::-webkit-progress-bar { background: var(--surface); } .item progress::-webkit-progress-value { background: var(--accent); transition: inline-size .2s; }
  .item progress::-moz-progress-bar { background: var(--accent); }
  .item .x { position: absolute; inset-block-start: -10px; inset-inline-end: -10px; inline-size: 44px; block-size: 44px; padding: 4px; display: grid; place-items: start end; }
  .x span { display: grid; place-items: center; inline-size: 22px; block-size: 22px; border-radius: 50%; background: var(--ink); color: var(--surface); } .x svg { inline-size: 14px; block-size: 14px; stroke-width: 2.5; }
  .item .re { position: absolute; inset: 16px; inline-size: 44px; block-size: 44px; border-radius: 50%; background: var(--surface); color: var(--danger); display: grid; place-items: center; }
  .write { display: flex; align-items: flex-end; gap: 6px; }
  .field { flex: 1; display: flex; min-inline-size: 0; border: 1px solid var(--control); border-radius: 22px; background: var(--surface); }
  .field:focus-within { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
  textarea { flex: 1; min-inline-size: 0; resize: none; border: 0; background: none; padding: 10px 16px; block-size: 42px; max-block-size: 132px; line-height: 22px; scrollbar-width: thin; font-size: 15px; }
  textarea:focus-visible { outline: 0; }
  textarea::placeholder { color: var(--muted); opacity: 1; }
  .send { background: var(--accent); color: var(--accent-ink); } .send:hover { background: var(--accent); color: var(--accent-ink); filter: brightness(1.12); }
  .send.quiet { background: none; color: var(--muted); }
  .send.busy svg { animation: breathe 1s infinite alternate; } @keyframes breathe { to { opacity: .3; } }
  .asked { color: var(--accent); }
  .count { text-align: end; font-size: 12.5px; color: var(--muted); margin-block: 4px 0; margin-inline: 0 54px; } .count.over { color: var(--danger); font-weight: 600; }
  @media (max-width: 600px), (max-height: 460px) {
    .panel, :host([data-position=start]) .panel { position: fixed; inset: var(--from, 0) 0 auto; inline-size: auto; block-size: var(--seen, 100dvh); border-radius: 0; box-shadow: none; }
    textarea { font-size: 16px; } /* below 16 px iOS zooms into the field */
    .b { font-size: 16px; }
    .launch { inset-block-end: calc(16px + env(safe-area-inset-bottom, 0px)); inset-inline-end: 16px; }
  }
  @media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important; } .typing i { opacity: .7; } }
  @media (forced-colors: active) { .launch, .qr button, .send, .b, .panel { border: 1px solid; } }
  @media print { :host { display: none; } }
  `;

  // ---------------------------------------------------------------- the element
  class RetourChat extends HTMLElement {
    constructor() {
      super();
      this.root = this.attachShadow({ mode: 'open' });
      this.kept = new Store('localStorage'); // shared by the tabs of one shopper
      this.tab = new Store('sessionStorage'); // this tab's draft, kept over a reload
      this.messages = new Map(); // seq -> {data, node}
      this.pending = new Map(); // client_id -> {data, node}: not yet confirmed by the server
      this.pictures = new Map(); // photo id -> promise of a blob address
      this.labels = []; // everything to word again when the language changes
      this.delivered = new Set();
    }

    connectedCallback() {
      if (this.box) return;
      this.page = languageOf(this.dataset.locale) || languageOf(document.documentElement.lang) || languageOf(navigator.language) || 'en';
      this.language = (this.kept.get('token') && this.kept.get('language')) || this.page;
      this.stick = true; // follow the newest message until the shopper scrolls up
      this.state = 'bot';
      this.line = new Line({
        message: (message) => this.take(message), state: (frame) => this.setState(frame), expired: () => this.expired(),
        typing: (on) => this.setTyping(on), online: (on) => this.setOnline(on),
      });
      this.tray = new Tray(this.tab, () => this.token, () => this.showTray());
      this.build();
      this.word();
      const unsent = this.kept.keys('send:').map((key) => this.kept.get(key)).filter(Boolean);
      unsent.sort((a, b) => a.order - b.order).forEach((message) => this.addPending(message));
      this.text.value = this.tab.get('draft') || '';
      this.tray.restore((id) => this.picture(id));
      addEventListener('online', () => this.line.hurry());
      addEventListener('storage', (event) => this.otherTab(event));
      document.addEventListener('visibilitychange', () => {
        if (document.hidden) return;
        this.line.hurry();
        this.markRead();
      });
      if (this.kept.get('token')) this.known = this.introduce().then(() => this.join(this.kept.get('token')));
      if (this.tab.get('open')) this.open({ focus: false });
    }

    t(key, ...values) {
      const word = WORDS[this.language][key];
      return typeof word === 'function' ? word(...values) : word;
    }
    /** Registers `apply(t)` to run now and after each change of language. */
    label(apply) {
      this.labels.push(apply);
    }
    word() {
      this.labels.forEach((apply) => apply());
      this.box.lang = this.language;
      this.launcher.lang = this.language;
      this.arrange();
    }
    setLanguage(language) {
      if (!WORDS[language] || language === this.language) return;
      this.language = language;
      this.kept.set('language', language);
      this.formats = null;
      this.word();
    }

    build() {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      this.root.adoptedStyleSheets = [sheet];
      const named = (node, key, property = 'aria-label') => {
        this.label(() => {
          if (property === 'aria-label') node.setAttribute(property, this.t(key));
          else node[property] = this.t(key);
        });
        return node;
      };
      this.badge = h('span', { className: 'badge', hidden: true, 'aria-hidden': 'true' });
      this.launcher = h('button', { type: 'button', className: 'launch', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', onclick: () => this.open() }, icon('chat'), this.badge);
      this.heading = h('h2', { id: 'name', className: 'say' });
      this.crest = h('div', { className: 'crest', 'aria-hidden': 'true' });
      this.band = h('p', { className: 'band say', role: 'status', hidden: true });
      this.dots = h('div', { className: 'typing', hidden: true, 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
      this.log = named(h('div', { className: 'log', role: 'log', 'aria-live': 'polite', tabIndex: 0, onscroll: () => this.scrolled() }, this.dots), 'log');
      this.toLatest = named(h('button', { type: 'button', className: 'latest', hidden: true, onclick: () => this.bottom(true) }, icon('down')), 'latest');
      this.dropzone = named(h('div', { className: 'drop', hidden: true, 'aria-hidden': 'true' }), 'drop', 'textContent');
      this.wrong = h('p', { className: 'wrong say', role: 'alert', hidden: true });
      this.thumbs = named(h('ul', { className: 'tray', hidden: true }), 'addPhotos');
      this.chooser = h('input', { type: 'file', accept: 'image/*,.heic,.heif', multiple: true, hidden: true, onchange: () => this.pick() });
      this.camera = named(h('button', { type: 'button', className: 'round', onclick: () => this.chooser.click() }, icon('photo')), 'addPhotos');
      this.text = h('textarea', {
        rows: 1, dir: 'auto', enterKeyHint: 'send', 'aria-describedby': 'count',
        oninput: () => this.typed(), onkeydown: (event) => this.key(event), onpaste: (event) => this.paste(event),
      });
      named(named(this.text, 'field'), 'write', 'placeholder');
      this.sender = named(h('button', { type: 'submit', className: 'round send' }, icon('send')), 'send');
      this.count = h('p', { className: 'count', id: 'count', hidden: true });
      const form = h('form', { className: 'write', noValidate: true }, this.camera, this.chooser, h('div', { className: 'field' }, this.text), this.sender);
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        this.submit();
      });
      const closer = named(h('button', { type: 'button', className: 'round', onclick: () => this.close() }, icon('close')), 'close');
      this.box = h('section', { className: 'panel', role: 'dialog', tabIndex: -1, hidden: true, 'aria-labelledby': 'name', 'aria-describedby': 'role', onkeydown: (e) => this.panelKey(e) },
        h('header', {}, this.crest, h('div', { className: 'title' }, this.heading, named(h('p', { id: 'role', className: 'say' }), 'role', 'textContent')), closer),
        this.band, h('div', { className: 'middle' }, this.log, this.toLatest, this.dropzone), h('footer', {}, this.wrong, this.thumbs, form, this.count));
      this.label(() => this.showName());
      this.label(() => this.showBand());
      this.label(() => this.showUnread());
      for (const [kind, over] of [['dragenter', true], ['dragover', true], ['dragleave', false], ['drop', false]]) {
        this.box.addEventListener(kind, (event) => this.drag(event, over));
      }
      this.root.append(this.launcher, this.box);
      new ResizeObserver(() => this.stick && this.bottom()).observe(this.log);
      for (const kind of ['resize', 'scroll']) window.visualViewport?.addEventListener(kind, () => this.fit());
    }

    showName() {
      const name = this.dataset.shop || this.t('name');
      this.heading.textContent = name;
      this.crest.textContent = [...name.trim()][0]?.toUpperCase() || '';
    }

    // ------------------------------------------------------------ opening and closing
    get isOpen() { return !this.box.hidden; }
    get isSheet() { return matchMedia('(max-width: 600px), (max-height: 460px)').matches; }

    /** Shows the panel; `text` is put in the empty message field for the shopper to send or change. */
    open({ focus = true, text } = {}) {
      if (text && !this.text.value) this.text.value = text;
      if (!this.isOpen) {
        this.box.hidden = false;
        this.launcher.hidden = true;
        this.launcher.setAttribute('aria-expanded', 'true');
        this.tab.set('open', true);
        this.fit();
        this.dispatchEvent(new CustomEvent('retour-open', { bubbles: true, composed: true }));
      }
      this.grow();
      this.bottom();
      this.markRead();
      if (focus) (this.isSheet ? this.box : this.text).focus(); // a focused field would raise the phone's keyboard over the greeting
      this.begin();
    }

    close() {
      if (!this.isOpen) return;
      this.box.hidden = true;
      this.launcher.hidden = false;
      this.launcher.setAttribute('aria-expanded', 'false');
      this.tab.set('open', null);
      this.fit();
      this.launcher.focus();
      this.dispatchEvent(new CustomEvent('retour-close', { bubbles: true, composed: true }));
    }

    /** As a sheet: above the on-screen keyboard, the page behind at rest, and for assistive technology the only thing there. */
    fit() {
      const sheet = this.isOpen && this.isSheet;
      const page = document.documentElement.style;
      if (sheet !== Boolean(this.locked)) {
        if (sheet) this.locked = [page.overflow];
        page.overflow = sheet ? 'hidden' : this.locked[0];
        if (!sheet) this.locked = null;
      }
      this.box.setAttribute('aria-modal', String(sheet));
      if (!sheet || !window.visualViewport) return;
      this.box.style.setProperty('--seen', `${visualViewport.height}px`);
      this.box.style.setProperty('--from', `${visualViewport.offsetTop}px`); // iOS scrolls instead of shrinking
    }

    panelKey(event) {
      if (event.key === 'Escape' && !event.isComposing) {
        event.stopPropagation();
        return this.close();
      }
      if (event.key !== 'Tab' || !this.isSheet) return;
      const stops = [...this.box.querySelectorAll('button, textarea, a[href], [tabindex="0"]')].filter((node) => !node.disabled && node.getClientRects().length);
      const now = stops.indexOf(this.root.activeElement);
      const next = event.shiftKey ? (now <= 0 ? stops.length - 1 : null) : now === stops.length - 1 ? 0 : null;
      if (next === null) return;
      event.preventDefault();
      stops[next].focus();
    }

    // ------------------------------------------------------------ the conversation
    /** Opens the conversation on the server, once, trying until it works or the panel is closed. */
    async begin() {
      if (this.token || this.beginning) return;
      this.beginning = true;
      await this.known;
      for (let tries = 0; !this.token && this.isOpen; tries++) {
        if (this.kept.get('token')) {
          this.join(this.kept.get('token')); // another tab was faster
          break;
        }
        try {
          const body = { locale: this.page, resume: null };
          if (this.dataset.orderToken) body.order_token = this.dataset.orderToken;
          const made = await call('POST', 'conversations', { body });
          this.kept.set('token', made.token);
          this.setLanguage(made.language);
          this.kept.set('language', this.language);
          this.join(made.token);
        } catch (error) {
          const told = error instanceof Refused;
          if (!told && !tries) console.error(`Retour: no answer from ${API}; is ${location.origin} in allowed_origins of retour.toml?`);
          this.say((told && error.message) || this.t('down'));
          await this.line.pause(backoff(tries));
        }
      }
      this.beginning = false;
    }

    /** Tells the server who the shop says is here: a shopper who has signed in, or somebody else, with a chat of their own. */
    async introduce() {
      if (!this.dataset.orderToken) return;
      try {
        const body = { locale: this.page, resume: this.kept.get('token'), order_token: this.dataset.orderToken };
        const made = await call('POST', 'conversations', { body });
        if (made.token === body.resume) return;
        this.pending.forEach(({ data }) => this.forget(data.client_id));
        this.tray.clear();
        this.kept.set('read', null);
        this.kept.set('token', made.token);
      } catch { /* the conversation goes on as it was */ }
    }

    /** Follows the conversation of this token: what there is first, unannounced, then what comes. */
    async join(token) {
      if (this.token === token) return;
      this.token = token;
      let after = 0;
      this.log.setAttribute('aria-busy', 'true');
      try {
        const past = await call('GET', 'messages?after=0&wait=0', { token });
        past.messages.forEach((message) => this.take(message));
        after = past.messages.reduce((top, message) => Math.max(top, message.seq), 0);
        this.setState(past);
        this.say('');
      } catch (error) {
        if (error.expired) return this.expired();
      } finally {
        setTimeout(() => this.log.removeAttribute('aria-busy'), 100);
      }
      if (this.token !== token) return;
      this.line.start(token, after);
      this.tray.pump();
      this.pump();
    }

    /** The server no longer knows the token: what was typed moves to a new conversation, an answer to an old question does not. */
    expired() {
      this.line.stop();
      this.token = null;
      this.kept.set('token', null);
      this.kept.set('read', null);
      this.messages.forEach(({ node }) => node.remove());
      this.messages.clear();
      this.pending.forEach(({ data }) => data.text && !data.choice && !data.photos ? null : this.forget(data.client_id));
      this.tray.clear();
      this.state = 'bot';
      this.language = this.page;
      this.formats = null;
      this.word();
      if (!this.isOpen) return;
      this.take({ seq: 0, from: 'system', at: new Date().toISOString(), text: this.t('ended') });
      this.begin();
    }

    otherTab(event) {
      if (!event.key?.startsWith(this.kept.prefix)) return;
      const key = event.key.slice(this.kept.prefix.length);
      const value = this.kept.get(key);
      if (key === 'token' && value && !this.token) this.join(value);
      if (key === 'language' && value) this.setLanguage(value);
      if (key === 'read') this.showUnread();
    }

    setState({ state, language }) {
      if (language) this.setLanguage(language);
      if (!state || state === this.state) return;
      this.state = state;
      this.showBand();
    }
    setOnline(on) {
      if (on === this.online) return;
      this.online = on;
      this.showBand();
      if (!on) return;
      this.say('');
      this.tray.retryAll();
      this.pump();
    }
    showBand() {
      const key = this.token && this.online === false ? 'offline' : this.state === 'bot' ? null : this.state;
      this.band.hidden = !key;
      this.band.className = `band say ${key}`;
      this.band.textContent = key ? this.t(key) : '';
    }
    setTyping(on) {
      const follow = this.atBottom;
      this.dots.hidden = !on;
      if (follow) this.bottom();
    }

    /** One message from the server; the same one again, or one this tab has shown already, changes nothing. */
    take(message) {
      const { seq, client_id: id } = message;
      if (this.messages.has(seq)) return;
      const own = id && this.pending.get(id);
      const fresh = message.from !== 'shopper';
      const follow = this.atBottom || !fresh;
      // A message sent here keeps its node: a second one would be read aloud again.
      const entry = { data: message, node: own ? own.node : this.draw(message) };
      if (own) this.forget(id, entry.node);
      this.messages.set(seq, entry);
      const later = [...this.messages.values()].filter(({ data }) => data.seq > seq).sort((x, y) => x.data.seq - y.data.seq)[0] || [...this.pending.values()][0];
      const place = later ? later.node : this.dots;
      if (entry.node.nextSibling !== place) this.log.insertBefore(entry.node, place);
      if (fresh) this.setTyping(false);
      this.arrangeSoon();
      if (follow) this.bottom();
      if (fresh) this.markRead();
    }

    // ------------------------------------------------------------ sending
    /** Shows a message as waiting and keeps it until the server has it. */
    queue(item) {
      const message = { client_id: uuid(), at: new Date().toISOString(), order: performance.timeOrigin + performance.now(), ...item };
      this.kept.set(`send:${message.client_id}`, message);
      this.addPending(message);
      this.bottom(true);
      this.pump();
      this.begin();
    }
    addPending(message) {
      if (this.pending.has(message.client_id)) return;
      const entry = { data: { from: 'shopper', ...message }, node: this.draw({ from: 'shopper', ...message }) };
      this.pending.set(message.client_id, entry);
      this.log.insertBefore(entry.node, this.dots);
      this.arrangeSoon();
    }
    /** Ends the wait of a message; its node goes too unless it is the one to keep. */
    forget(id, keep) {
      const entry = this.pending.get(id);
      if (!entry) return;
      if (entry.node !== keep) entry.node.remove();
      this.pending.delete(id);
      this.kept.set(`send:${id}`, null);
      this.arrangeSoon();
    }
    /** Sends what waits, in order, one at a time; stops at the first that fails for a reason that may pass. */
    async pump() {
      if (this.pumping || !this.token) return;
      this.pumping = true;
      for (let next; (next = [...this.pending.values()][0]) && this.token;) {
        const { client_id, text, choice, photos } = next.data;
        try {
          const body = choice ? { client_id, choice } : { client_id, ...(photos && { photos }), ...(text && { text }) };
          const { seq } = await this.line.send(body);
          if (this.messages.has(seq)) this.forget(client_id);
          else if (this.pending.has(client_id)) this.take({ ...next.data, seq });
        } catch (error) {
          if (error.expired) {
            this.pumping = false;
            return this.expired();
          }
          if (!(error instanceof Refused)) {
            clearTimeout(this.later);
            this.later = setTimeout(() => this.pump(), backoff((this.stuck = (this.stuck || 0) + 1)));
            break;
          }
                    if (text && !choice && !this.text.value) this.text.value = text; // back in the field, to change and send again
          this.forget(client_id);
          this.typed();
          this.say(error.message || this.t('failed'));
          continue;
        }
        this.stuck = 0;
      }
      this.pumping = false;
    }

    submit() {
      const text = this.text.value.trim();
      if (lengthOf(text) > LIMIT) return this.say(this.t('tooLong', lengthOf(text).toLocaleString(this.language)));
      if (!text && !this.tray.items.length) return this.say(this.t('empty')), this.text.focus();
      if (this.tray.busy) return this.sendWhenReady(true);
      const stuck = this.tray.items.find((item) => item.status === 'failed');
      if (stuck) return this.tray.retryAll(), this.sendWhenReady(true);
      const photos = this.tray.ready.map((item) => item.photo);
      if (!text && !photos.length) return this.say(this.t('empty'));
      this.sendWhenReady(false);
      this.say('');
      this.tray.ready.forEach((item) => item.url && this.pictures.set(item.photo, Promise.resolve(item.url)));
      this.text.value = '';
      this.typed();
      this.tray.clear();
      this.queue({ text, ...(photos.length && { photos }) });
      this.text.focus();
    }
    sendWhenReady(on) {
      this.waiting = on;
      this.sender.classList.toggle('busy', on);
    }
    choose(message, index, title) {
      this.say('');
      this.queue({ text: title, choice: { message: message.seq, index } });
      (this.isSheet ? this.log : this.text).focus(); // the pressed button is about to be disabled
    }

    typed() {
      this.tab.set('draft', this.text.value || null);
      this.say('');
      this.grow();
      const left = LIMIT - lengthOf(this.text.value);
      this.count.hidden = left > 200;
      this.count.textContent = left > 200 ? '' : left < 0 ? this.t('over', -left) : this.t('left', left);
      this.count.classList.toggle('over', left < 0);
      this.sender.classList.toggle('quiet', !this.text.value.trim() && !this.tray.items.length);
    }
    grow() {
      this.text.style.blockSize = 'auto';
      this.text.style.blockSize = `${Math.max(42, this.text.scrollHeight)}px`;
      this.sender.classList.toggle('quiet', !this.text.value.trim() && !this.tray.items.length);
    }
    key(event) {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    }
    /** One sentence about what is wrong; none leaves the one about a photo that still lies there broken. */
    say(sentence) {
      const broken = !sentence && this.tray.items.find((item) => item.why && ['failed', 'refused'].includes(item.status));
      if (broken) sentence = broken.message || this.t(broken.why, broken.name);
      this.wrong.hidden = !sentence;
      if (this.wrong.textContent !== sentence) this.wrong.textContent = sentence;
    }

    // ------------------------------------------------------------ photos
    pick() {
      this.addPhotos([...this.chooser.files]);
      this.chooser.value = '';
    }
    paste(event) {
      const files = [...(event.clipboardData?.files || [])];
      if (!files.length) return;
      event.preventDefault();
      this.addPhotos(files);
    }
    drag(event, over) {
      if (![...(event.dataTransfer?.types || [])].includes('Files')) return;
      event.preventDefault(); // otherwise the browser leaves the shop to show the file
      if (event.type === 'dragleave' && this.box.contains(event.relatedTarget)) return;
      this.dropzone.hidden = !over;
      if (event.type === 'drop') this.addPhotos([...event.dataTransfer.files]);
    }
    addPhotos(files) {
      this.say('');
      const most = this.asked?.maximum || PHOTOS_AT_ONCE;
      for (const file of files) {
        if (this.tray.items.filter((item) => item.status !== 'refused').length >= most) return this.say(this.t('tooMany', most));
        if (file.type && !file.type.startsWith('image/')) this.say(this.t('notPhoto', file.name));
        else this.tray.add(file);
      }
      this.text.focus();
    }
    showTray() {
      const { items } = this.tray;
      this.thumbs.hidden = !items.length;
      [...this.thumbs.children].forEach((node) => items.some((item) => item.node === node) || node.remove());
      items.forEach((item) => this.showThumb(item));
      const bad = items.filter((item) => item.why && item.status !== 'done').length;
      if (bad !== this.bad) this.say('');
      this.bad = bad;
      this.grow();
      if (!this.waiting || this.tray.busy) return;
      if (!items.some((item) => item.status === 'failed')) this.submit();
      else if (this.online) this.sendWhenReady(false); // without connection it goes on once that is back
    }
    showThumb(item) {
      if (!item.node) {
        item.bar = h('progress', { max: 1, value: 0 });
        item.frame = h('div', { className: 'thumb' });
        item.re = h('button', { type: 'button', className: 're', onclick: () => this.tray.retry(item) }, icon('again'));
        item.x = h('button', { type: 'button', className: 'x', onclick: () => { this.tray.remove(item); this.text.focus(); } }, h('span', {}, icon('close')));
        item.node = h('li', {}, item.frame, item.bar, item.re, item.x);
        this.thumbs.append(item.node);
      }
      item.node.className = `item ${item.status}`;
      if (item.url && item.drawn !== item.url) {
        item.drawn = item.url;
        const image = h('img', { src: item.url, alt: item.name, onerror: () => image.replaceWith(icon('file')) });
        item.frame.replaceChildren(image);
      }
      const moving = ['preparing', 'queued', 'uploading'].includes(item.status);
      item.bar.hidden = !moving;
      item.bar.value = item.status === 'uploading' ? item.progress : 0;
      item.bar.setAttribute('aria-label', this.t('sending', item.name));
      item.re.hidden = item.status !== 'failed';
      item.re.setAttribute('aria-label', this.t('retry', item.name));
      item.x.setAttribute('aria-label', this.t('remove', item.name));
    }
    /** The blob address of a photo of this conversation; the token travels in a header, so an <img> alone cannot fetch it. */
    picture(id) {
      if (!this.pictures.has(id)) {
        const got = fetch(new URL(`photos/${encodeURIComponent(id)}`, API), { headers: { Authorization: `Bearer ${this.token}` } })
          .then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error(answer.status)))).then((blob) => URL.createObjectURL(blob));
        got.catch(() => this.pictures.delete(id));
        this.pictures.set(id, got);
      }
      return this.pictures.get(id);
    }

    // ------------------------------------------------------------ drawing
    draw(message) {
      const { from, text, photos = [], attachments = [], buttons = [], ask } = message;
      const node = h('div', { className: `m ${from}` });
      const speaker = h('span', { className: 'hush' });
      const parts = { node, speaker, day: h('div', { className: 'day say' }), who: h('div', { className: 'who say', 'aria-hidden': 'true' }), meta: h('div', { className: 'meta say' }) };
      node.append(parts.day, parts.who, speaker);
      if (text) node.append(h('div', { className: 'b', dir: 'auto' }, ...(from === 'shopper' ? [text] : linked(text))));
      if (photos.length) {
        const pics = h('div', { className: 'pics' });
        photos.forEach((id, index) => pics.append(this.drawPhoto(id, index + 1)));
        node.append(pics);
      }
      for (const file of attachments) {
        const href = safeUrl(file.url);
        if (!href) continue;
        const kind = (file.mime || '').split('/').pop().toUpperCase();
        node.append(h('a', { className: 'card', href, target: '_blank', rel: 'noopener noreferrer' }, icon('file'),
          h('div', { dir: 'auto' }, h('b', { textContent: file.title || href }), h('span', { textContent: kind }))));
      }
      if (buttons.length || ask?.photos) {
        parts.answers = h('div', { className: 'qr', role: 'group' });
        for (const { title, index } of buttons) parts.answers.append(h('button', { type: 'button', dir: 'auto', textContent: title, onclick: () => this.choose(message, index, title) }));
        if (ask?.photos) parts.answers.append((parts.ask = h('button', { type: 'button', onclick: () => this.chooser.click() })));
        node.append(parts.answers);
      }
      node.append(parts.meta);
      node.parts = parts;
      return node;
    }
    drawPhoto(id, number) {
      const image = h('img', { alt: '' });
      const link = h('a', { className: 'pic', target: '_blank', rel: 'noopener' }, image);
      link.setAttribute('aria-label', this.t('photo', number));
      const show = () => this.picture(id).then((address) => { link.href = image.src = address; }, () => { image.alt = this.t('photoGone'); });
      if (this.token) show();
      else queueMicrotask(show);
      return link;
    }
    arrangeSoon() {
      if (this.arranging) return;
      this.arranging = true;
      queueMicrotask(() => {
        this.arranging = false;
        this.arrange();
      });
    }
    /** Everything about a message that depends on its neighbours: groups, days, times, which answers are still open. */
    arrange() {
      const seen = [...this.messages.values()].sort((a, b) => a.data.seq - b.data.seq);
      const all = [...seen, ...this.pending.values()];
      const locale = navigator.languages.find((tag) => languageOf(tag) === this.language) || this.language;
      this.formats ||= { time: new Intl.DateTimeFormat(locale, { timeStyle: 'short' }), day: new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' }) };
      const lastShopper = all.reduce((at, { data }, i) => (data.from === 'shopper' ? i : at), -1);
      this.asked = null;
      all.forEach(({ data, node }, i) => {
        const { day, who, meta, speaker, answers, ask } = node.parts;
        const at = new Date(data.at);
        const before = all[i - 1]?.data;
        const after = all[i + 1]?.data;
        const newDay = !before || new Date(before.at).toDateString() !== at.toDateString();
        const near = (other) => other && other.from === data.from && Math.abs(new Date(other.at) - at) < 300000;
        const first = newDay || !near(before);
        const last = !near(after) || new Date(after.at).toDateString() !== at.toDateString();
        const waiting = !data.seq;
        node.classList.toggle('first', first);
        node.classList.toggle('last', last);
        node.classList.toggle('pending', waiting);
        const name = newDay ? this.dayName(at) : '';
        day.hidden = !name || (!before && name === this.t('today'));
        day.textContent = name;
        who.hidden = !(first && data.from === 'agent');
        who.textContent = this.t('agent');
        speaker.textContent = data.from === 'system' ? '' : `${this.t(data.from === 'shopper' ? 'you' : data.from)}: `;
        meta.hidden = !waiting && (data.from === 'system' || (after && new Date(after.at) - at < 300000));
        meta.textContent = waiting ? this.t('pending') : this.formats.time.format(at);
        if (!answers) return;
        answers.setAttribute('aria-label', this.t('answers'));
        const open = i > lastShopper;
        const answer = all.slice(i + 1).find((other) => other.data.from === 'shopper')?.data;
        for (const button of answers.children) {
          button.disabled = !open;
          const chosen = button !== ask && !open && answer?.text === button.textContent;
          button.classList.toggle('chosen', chosen);
          if (chosen) button.setAttribute('aria-label', `${button.textContent}, ${this.t('chosen')}`);
          else button.removeAttribute('aria-label');
        }
        if (!ask) return;
        const { minimum = 1, maximum = PHOTOS_AT_ONCE } = data.ask.photos;
        ask.replaceChildren(icon('photo'), this.t('ask', minimum, maximum));
        ask.hidden = !open;
        if (open) this.asked = { minimum, maximum };
      });
      this.camera.classList.toggle('asked', Boolean(this.asked));
    }
    dayName(at) {
      const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5);
      return days === 0 ? this.t('today') : days === 1 ? this.t('yesterday') : this.formats.day.format(at);
    }

    get atBottom() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 90; }
    bottom() {
      requestAnimationFrame(() => { this.log.scrollTop = this.log.scrollHeight; });
    }
    scrolled() {
      this.stick = this.atBottom;
      this.toLatest.hidden = this.stick;
    }

    markRead() {
      if (this.isOpen && !document.hidden && this.messages.size) this.kept.set('read', Math.max(...this.messages.keys()));
      this.showUnread();
    }
    showUnread() {
      const read = this.kept.get('read') || 0;
      const count = this.isOpen ? 0 : [...this.messages.values()].filter(({ data }) => data.seq > read && data.from !== 'shopper').length;
      this.badge.hidden = !count;
      this.badge.textContent = count > 99 ? '99+' : count;
      this.launcher.setAttribute('aria-label', count ? this.t('unread', count) : this.t('openChat'));
    }
  }

  customElements.define('retour-chat', RetourChat);
  function insert() {
    if (document.querySelector('retour-chat')) return;
    const chat = document.createElement('retour-chat');
    Object.assign(chat.dataset, SCRIPT ? SCRIPT.dataset : {});
    document.body.append(chat);
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', insert);
  else insert();
})();
