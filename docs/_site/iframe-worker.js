// Browsers start no worker for a page that is opened from a file. A hidden frame takes its place,
// so that the search of this site works without a server and without a network.
if (location.protocol === 'file:') {
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement('iframe');
      this.frame.hidden = true;
      this.frame.srcdoc = '<!doctype html><title>Search</title>';
      this.ready = new Promise((done) => {
        this.frame.addEventListener('load', () => {
          const inside = this.frame.contentWindow;
          inside.postMessage = (data) => {
            this.dispatchEvent(new MessageEvent('message', { data }));
          };
          const script = inside.document.createElement('script');
          script.src = new URL(url, document.baseURI).href;
          script.addEventListener('load', () => done(inside));
          inside.document.body.append(script);
        }, { once: true });
      });
      document.body.append(this.frame);
    }

    postMessage(data) {
      this.ready.then((inside) => {
        inside.dispatchEvent(new inside.MessageEvent('message', { data }));
      });
    }

    terminate() {
      this.frame.remove();
    }
  };
  window.Worker = window.IFrameWorker;
}
