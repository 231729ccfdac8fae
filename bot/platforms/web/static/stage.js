// Written by tools/bundle.py from source/: change it there. Of others: see preact-htm.LICENSE.txt.
const module_preact_htm = (() => {
var e,n,_,t,o,r,u,l={},i=[],c=/acit|ex(?:s|g|n|p|$)|rph|grid|ows|mnc|ntw|ine[ch]|zoo|^ord|itera/i;function s(e,n){for(var _ in n)e[_]=n[_];return e}function f(e){var n=e.parentNode;n&&n.removeChild(e)}function a(n,_,t){var o,r,u,l={};for(u in _)"key"==u?o=_[u]:"ref"==u?r=_[u]:l[u]=_[u];if(arguments.length>2&&(l.children=arguments.length>3?e.call(arguments,2):t),"function"==typeof n&&null!=n.defaultProps)for(u in n.defaultProps)void 0===l[u]&&(l[u]=n.defaultProps[u]);return p(n,l,o,r,null)}function p(e,t,o,r,u){var l={type:e,props:t,key:o,ref:r,__k:null,__:null,__b:0,__e:null,__d:void 0,__c:null,__h:null,constructor:void 0,__v:null==u?++_:u};return null!=n.vnode&&n.vnode(l),l}function h(e){return e.children}function d(e,n){this.props=e,this.context=n}function v(e,n){if(null==n)return e.__?v(e.__,e.__.__k.indexOf(e)+1):null;for(var _;n<e.__k.length;n++)if(null!=(_=e.__k[n])&&null!=_.__e)return _.__e;return"function"==typeof e.type?v(e):null}function y(e){var n,_;if(null!=(e=e.__)&&null!=e.__c){for(e.__e=e.__c.base=null,n=0;n<e.__k.length;n++)if(null!=(_=e.__k[n])&&null!=_.__e){e.__e=e.__c.base=_.__e;break}return y(e)}}function m(e){(!e.__d&&(e.__d=!0)&&t.push(e)&&!g.__r++||r!==n.debounceRendering)&&((r=n.debounceRendering)||o)(g)}function g(){for(var e;g.__r=t.length;)e=t.sort(function(e,n){return e.__v.__b-n.__v.__b}),t=[],e.some(function(e){var n,_,t,o,r,u;e.__d&&(r=(o=(n=e).__v).__e,(u=n.__P)&&(_=[],(t=s({},o)).__v=o.__v+1,P(u,o,t,n.__n,void 0!==u.ownerSVGElement,null!=o.__h?[r]:null,_,null==r?v(o):r,o.__h),D(_,o),o.__e!=r&&y(o)))})}function k(e,n,_,t,o,r,u,c,s,f){var a,d,y,m,g,k,x,H=t&&t.__k||i,E=H.length;for(_.__k=[],a=0;a<n.length;a++)if(null!=(m=_.__k[a]=null==(m=n[a])||"boolean"==typeof m?null:"string"==typeof m||"number"==typeof m||"bigint"==typeof m?p(null,m,null,null,m):Array.isArray(m)?p(h,{children:m},null,null,null):m.__b>0?p(m.type,m.props,m.key,null,m.__v):m)){if(m.__=_,m.__b=_.__b+1,null===(y=H[a])||y&&m.key==y.key&&m.type===y.type)H[a]=void 0;else for(d=0;d<E;d++){if((y=H[d])&&m.key==y.key&&m.type===y.type){H[d]=void 0;break}y=null}P(e,m,y=y||l,o,r,u,c,s,f),g=m.__e,(d=m.ref)&&y.ref!=d&&(x||(x=[]),y.ref&&x.push(y.ref,null,m),x.push(d,m.__c||g,m)),null!=g?(null==k&&(k=g),"function"==typeof m.type&&null!=m.__k&&m.__k===y.__k?m.__d=s=b(m,s,e):s=C(e,m,y,H,g,s),f||"option"!==_.type?"function"==typeof _.type&&(_.__d=s):e.value=""):s&&y.__e==s&&s.parentNode!=e&&(s=v(y))}for(_.__e=k,a=E;a--;)null!=H[a]&&("function"==typeof _.type&&null!=H[a].__e&&H[a].__e==_.__d&&(_.__d=v(t,a+1)),U(H[a],H[a]));if(x)for(a=0;a<x.length;a++)T(x[a],x[++a],x[++a])}function b(e,n,_){var t,o;for(t=0;t<e.__k.length;t++)(o=e.__k[t])&&(o.__=e,n="function"==typeof o.type?b(o,n,_):C(_,o,o,e.__k,o.__e,n));return n}function C(e,n,_,t,o,r){var u,l,i;if(void 0!==n.__d)u=n.__d,n.__d=void 0;else if(null==_||o!=r||null==o.parentNode)e:if(null==r||r.parentNode!==e)e.appendChild(o),u=null;else{for(l=r,i=0;(l=l.nextSibling)&&i<t.length;i+=2)if(l==o)break e;e.insertBefore(o,r),u=r}return void 0!==u?u:o.nextSibling}function x(e,n,_){"-"===n[0]?e.setProperty(n,_):e[n]=null==_?"":"number"!=typeof _||c.test(n)?_:_+"px"}function H(e,n,_,t,o){var r;e:if("style"===n)if("string"==typeof _)e.style.cssText=_;else{if("string"==typeof t&&(e.style.cssText=t=""),t)for(n in t)_&&n in _||x(e.style,n,"");if(_)for(n in _)t&&_[n]===t[n]||x(e.style,n,_[n])}else if("o"===n[0]&&"n"===n[1])r=n!==(n=n.replace(/Capture$/,"")),n=n.toLowerCase()in e?n.toLowerCase().slice(2):n.slice(2),e.l||(e.l={}),e.l[n+r]=_,_?t||e.addEventListener(n,r?S:E,r):e.removeEventListener(n,r?S:E,r);else if("dangerouslySetInnerHTML"!==n){if(o)n=n.replace(/xlink[H:h]/,"h").replace(/sName$/,"s");else if("href"!==n&&"list"!==n&&"form"!==n&&"tabIndex"!==n&&"download"!==n&&n in e)try{e[n]=null==_?"":_;break e}catch(e){}"function"==typeof _||(null!=_&&(!1!==_||"a"===n[0]&&"r"===n[1])?e.setAttribute(n,_):e.removeAttribute(n))}}function E(e){this.l[e.type+!1](n.event?n.event(e):e)}function S(e){this.l[e.type+!0](n.event?n.event(e):e)}function P(e,_,t,o,r,u,l,i,c){var f,a,p,v,y,m,g,b,C,x,H,E=_.type;if(void 0!==_.constructor)return null;null!=t.__h&&(c=t.__h,i=_.__e=t.__e,_.__h=null,u=[i]),(f=n.__b)&&f(_);try{e:if("function"==typeof E){if(b=_.props,C=(f=E.contextType)&&o[f.__c],x=f?C?C.props.value:f.__:o,t.__c?g=(a=_.__c=t.__c).__=a.__E:("prototype"in E&&E.prototype.render?_.__c=a=new E(b,x):(_.__c=a=new d(b,x),a.constructor=E,a.render=A),C&&C.sub(a),a.props=b,a.state||(a.state={}),a.context=x,a.__n=o,p=a.__d=!0,a.__h=[]),null==a.__s&&(a.__s=a.state),null!=E.getDerivedStateFromProps&&(a.__s==a.state&&(a.__s=s({},a.__s)),s(a.__s,E.getDerivedStateFromProps(b,a.__s))),v=a.props,y=a.state,p)null==E.getDerivedStateFromProps&&null!=a.componentWillMount&&a.componentWillMount(),null!=a.componentDidMount&&a.__h.push(a.componentDidMount);else{if(null==E.getDerivedStateFromProps&&b!==v&&null!=a.componentWillReceiveProps&&a.componentWillReceiveProps(b,x),!a.__e&&null!=a.shouldComponentUpdate&&!1===a.shouldComponentUpdate(b,a.__s,x)||_.__v===t.__v){a.props=b,a.state=a.__s,_.__v!==t.__v&&(a.__d=!1),a.__v=_,_.__e=t.__e,_.__k=t.__k,_.__k.forEach(function(e){e&&(e.__=_)}),a.__h.length&&l.push(a);break e}null!=a.componentWillUpdate&&a.componentWillUpdate(b,a.__s,x),null!=a.componentDidUpdate&&a.__h.push(function(){a.componentDidUpdate(v,y,m)})}a.context=x,a.props=b,a.state=a.__s,(f=n.__r)&&f(_),a.__d=!1,a.__v=_,a.__P=e,f=a.render(a.props,a.state,a.context),a.state=a.__s,null!=a.getChildContext&&(o=s(s({},o),a.getChildContext())),p||null==a.getSnapshotBeforeUpdate||(m=a.getSnapshotBeforeUpdate(v,y)),H=null!=f&&f.type===h&&null==f.key?f.props.children:f,k(e,Array.isArray(H)?H:[H],_,t,o,r,u,l,i,c),a.base=_.__e,_.__h=null,a.__h.length&&l.push(a),g&&(a.__E=a.__=null),a.__e=!1}else null==u&&_.__v===t.__v?(_.__k=t.__k,_.__e=t.__e):_.__e=w(t.__e,_,t,o,r,u,l,c);(f=n.diffed)&&f(_)}catch(e){_.__v=null,(c||null!=u)&&(_.__e=i,_.__h=!!c,u[u.indexOf(i)]=null),n.__e(e,_,t)}}function D(e,_){n.__c&&n.__c(_,e),e.some(function(_){try{e=_.__h,_.__h=[],e.some(function(e){e.call(_)})}catch(e){n.__e(e,_.__v)}})}function w(n,_,t,o,r,u,i,c){var s,a,p,h=t.props,d=_.props,y=_.type,m=0;if("svg"===y&&(r=!0),null!=u)for(;m<u.length;m++)if((s=u[m])&&(s===n||(y?s.localName==y:3==s.nodeType))){n=s,u[m]=null;break}if(null==n){if(null===y)return document.createTextNode(d);n=r?document.createElementNS("http://www.w3.org/2000/svg",y):document.createElement(y,d.is&&d),u=null,c=!1}if(null===y)h===d||c&&n.data===d||(n.data=d);else{if(u=u&&e.call(n.childNodes),a=(h=t.props||l).dangerouslySetInnerHTML,p=d.dangerouslySetInnerHTML,!c){if(null!=u)for(h={},m=0;m<n.attributes.length;m++)h[n.attributes[m].name]=n.attributes[m].value;(p||a)&&(p&&(a&&p.__html==a.__html||p.__html===n.innerHTML)||(n.innerHTML=p&&p.__html||""))}if(function(e,n,_,t,o){var r;for(r in _)"children"===r||"key"===r||r in n||H(e,r,null,_[r],t);for(r in n)o&&"function"!=typeof n[r]||"children"===r||"key"===r||"value"===r||"checked"===r||_[r]===n[r]||H(e,r,n[r],_[r],t)}(n,d,h,r,c),p)_.__k=[];else if(m=_.props.children,k(n,Array.isArray(m)?m:[m],_,t,o,r&&"foreignObject"!==y,u,i,u?u[0]:t.__k&&v(t,0),c),null!=u)for(m=u.length;m--;)null!=u[m]&&f(u[m]);c||("value"in d&&void 0!==(m=d.value)&&(m!==n.value||"progress"===y&&!m)&&H(n,"value",m,h.value,!1),"checked"in d&&void 0!==(m=d.checked)&&m!==n.checked&&H(n,"checked",m,h.checked,!1))}return n}function T(e,_,t){try{"function"==typeof e?e(_):e.current=_}catch(e){n.__e(e,t)}}function U(e,_,t){var o,r;if(n.unmount&&n.unmount(e),(o=e.ref)&&(o.current&&o.current!==e.__e||T(o,null,_)),null!=(o=e.__c)){if(o.componentWillUnmount)try{o.componentWillUnmount()}catch(e){n.__e(e,_)}o.base=o.__P=null}if(o=e.__k)for(r=0;r<o.length;r++)o[r]&&U(o[r],_,"function"!=typeof e.type);t||null==e.__e||f(e.__e),e.__e=e.__d=void 0}function A(e,n,_){return this.constructor(e,_)}function M(_,t,o){var r,u,i;n.__&&n.__(_,t),u=(r="function"==typeof o)?null:o&&o.__k||t.__k,i=[],P(t,_=(!r&&o||t).__k=a(h,null,[_]),u||l,l,void 0!==t.ownerSVGElement,!r&&o?[o]:u?null:t.firstChild?e.call(t.childNodes):null,i,!r&&o?o:u?u.__e:t.firstChild,r),D(i,_)}function F(e,n){var _={__c:n="__cC"+u++,__:e,Consumer:function(e,n){return e.children(n)},Provider:function(e){var _,t;return this.getChildContext||(_=[],(t={})[n]=this,this.getChildContext=function(){return t},this.shouldComponentUpdate=function(e){this.props.value!==e.value&&_.some(m)},this.sub=function(e){_.push(e);var n=e.componentWillUnmount;e.componentWillUnmount=function(){_.splice(_.indexOf(e),1),n&&n.call(e)}}),e.children}};return _.Provider.__=_.Consumer.contextType=_}e=i.slice,n={__e:function(e,n){for(var _,t,o;n=n.__;)if((_=n.__c)&&!_.__)try{if((t=_.constructor)&&null!=t.getDerivedStateFromError&&(_.setState(t.getDerivedStateFromError(e)),o=_.__d),null!=_.componentDidCatch&&(_.componentDidCatch(e),o=_.__d),o)return _.__E=_}catch(n){e=n}throw e}},_=0,d.prototype.setState=function(e,n){var _;_=null!=this.__s&&this.__s!==this.state?this.__s:this.__s=s({},this.state),"function"==typeof e&&(e=e(s({},_),this.props)),e&&s(_,e),null!=e&&this.__v&&(n&&this.__h.push(n),m(this))},d.prototype.forceUpdate=function(e){this.__v&&(this.__e=!0,e&&this.__h.push(e),m(this))},d.prototype.render=h,t=[],o="function"==typeof Promise?Promise.prototype.then.bind(Promise.resolve()):setTimeout,g.__r=0,u=0;var L,N,W,R=0,I=[],O=n.__b,V=n.__r,q=n.diffed,B=n.__c,$=n.unmount;function j(e,_){n.__h&&n.__h(N,e,R||_),R=0;var t=N.__H||(N.__H={__:[],__h:[]});return e>=t.__.length&&t.__.push({}),t.__[e]}function G(e){return R=1,z(ie,e)}function z(e,n,_){var t=j(L++,2);return t.t=e,t.__c||(t.__=[_?_(n):ie(void 0,n),function(e){var n=t.t(t.__[0],e);t.__[0]!==n&&(t.__=[n,t.__[1]],t.__c.setState({}))}],t.__c=N),t.__}function J(e,_){var t=j(L++,3);!n.__s&&le(t.__H,_)&&(t.__=e,t.__H=_,N.__H.__h.push(t))}function K(e,_){var t=j(L++,4);!n.__s&&le(t.__H,_)&&(t.__=e,t.__H=_,N.__h.push(t))}function Q(e){return R=5,Y(function(){return{current:e}},[])}function X(e,n,_){R=6,K(function(){"function"==typeof e?e(n()):e&&(e.current=n())},null==_?_:_.concat(e))}function Y(e,n){var _=j(L++,7);return le(_.__H,n)&&(_.__=e(),_.__H=n,_.__h=e),_.__}function Z(e,n){return R=8,Y(function(){return e},n)}function ee(e){var n=N.context[e.__c],_=j(L++,9);return _.c=e,n?(null==_.__&&(_.__=!0,n.sub(N)),n.props.value):e.__}function ne(e,_){n.useDebugValue&&n.useDebugValue(_?_(e):e)}function _e(e){var n=j(L++,10),_=G();return n.__=e,N.componentDidCatch||(N.componentDidCatch=function(e){n.__&&n.__(e),_[1](e)}),[_[0],function(){_[1](void 0)}]}function te(){I.forEach(function(e){if(e.__P)try{e.__H.__h.forEach(re),e.__H.__h.forEach(ue),e.__H.__h=[]}catch(_){e.__H.__h=[],n.__e(_,e.__v)}}),I=[]}n.__b=function(e){N=null,O&&O(e)},n.__r=function(e){V&&V(e),L=0;var n=(N=e.__c).__H;n&&(n.__h.forEach(re),n.__h.forEach(ue),n.__h=[])},n.diffed=function(e){q&&q(e);var _=e.__c;_&&_.__H&&_.__H.__h.length&&(1!==I.push(_)&&W===n.requestAnimationFrame||((W=n.requestAnimationFrame)||function(e){var n,_=function(){clearTimeout(t),oe&&cancelAnimationFrame(n),setTimeout(e)},t=setTimeout(_,100);oe&&(n=requestAnimationFrame(_))})(te)),N=void 0},n.__c=function(e,_){_.some(function(e){try{e.__h.forEach(re),e.__h=e.__h.filter(function(e){return!e.__||ue(e)})}catch(t){_.some(function(e){e.__h&&(e.__h=[])}),_=[],n.__e(t,e.__v)}}),B&&B(e,_)},n.unmount=function(e){$&&$(e);var _=e.__c;if(_&&_.__H)try{_.__H.__.forEach(re)}catch(e){n.__e(e,_.__v)}};var oe="function"==typeof requestAnimationFrame;function re(e){var n=N;"function"==typeof e.__c&&e.__c(),N=n}function ue(e){var n=N;e.__c=e.__(),N=n}function le(e,n){return!e||e.length!==n.length||n.some(function(n,_){return n!==e[_]})}function ie(e,n){return"function"==typeof n?n(e):n}var ce=function(e,n,_,t){var o;n[0]=0;for(var r=1;r<n.length;r++){var u=n[r++],l=n[r]?(n[0]|=u?1:2,_[n[r++]]):n[++r];3===u?t[0]=l:4===u?t[1]=Object.assign(t[1]||{},l):5===u?(t[1]=t[1]||{})[n[++r]]=l:6===u?t[1][n[++r]]+=l+"":u?(o=e.apply(l,ce(e,l,_,["",null])),t.push(o),l[0]?n[0]|=2:(n[r-2]=0,n[r]=o)):t.push(l)}return t},se=new Map,fe=function(e){var n=se.get(this);return n||(n=new Map,se.set(this,n)),(n=ce(this,n.get(e)||(n.set(e,n=function(e){for(var n,_,t=1,o="",r="",u=[0],l=function(e){1===t&&(e||(o=o.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?u.push(0,e,o):3===t&&(e||o)?(u.push(3,e,o),t=2):2===t&&"..."===o&&e?u.push(4,e,0):2===t&&o&&!e?u.push(5,0,!0,o):t>=5&&((o||!e&&5===t)&&(u.push(t,0,o,_),t=6),e&&(u.push(t,e,0,_),t=6)),o=""},i=0;i<e.length;i++){i&&(1===t&&l(),l(i));for(var c=0;c<e[i].length;c++)n=e[i][c],1===t?"<"===n?(l(),u=[u],t=3):o+=n:4===t?"--"===o&&">"===n?(t=1,o=""):o=n+o[0]:r?n===r?r="":o+=n:'"'===n||"'"===n?r=n:">"===n?(l(),t=1):t&&("="===n?(t=5,_=o,o=""):"/"===n&&(t<5||">"===e[i][c+1])?(l(),3===t&&(u=u[0]),t=u,(u=u[0]).push(2,0,t),t=0):" "===n||"\t"===n||"\n"===n||"\r"===n?(l(),t=2):o+=n),3===t&&"!--"===o&&(t=4,u=u[0])}return l(),u}(e)),n),arguments,[])).length>1?n:n[0]}.bind(a);
return { h: a, html: fe, render: M, Component: d, createContext: F, useState: G, useReducer: z, useEffect: J, useLayoutEffect: K, useRef: Q, useImperativeHandle: X, useMemo: Y, useCallback: Z, useContext: ee, useDebugValue: ne, useErrorBoundary: _e };
})();
const module_line = (() => {
// The line to the server: connects again by itself and repeats every frame until it is acknowledged.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15000;
const REPEAT_AFTER = 4000;
const GATHER = 16; // ms; entries that come together are shown together

class Line {
  // `on` has entries([[n, message, fresh]]), pending(frames), state("opening" | "open" | "lost"), refused(frame, reason).
  constructor(path, key, on, renewal) {
    this.renewal = renewal;
    this.address = new URL(path, location.href.replace(/^http/, "ws")).href;
    this.store = `langso.pending.${key}`;
    this.on = on;
    this.last = 0;
    this.wait = FIRST_WAIT;
    this.repeat = REPEAT_AFTER;
    this.gathered = [];
    this.pending = restored(this.store);
    this.on.pending(this.pending);
    window.addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => !document.hidden && this.hurry());
    this.on.state("opening");
    this.connect();
  }

  send(frame) {
    const numbered = { id: newId(), ...frame };
    this.keep([...this.pending, numbered]);
    this.flush([numbered]);
  }

  connect() {
    clearTimeout(this.retry);
    this.retry = null;
    this.fresh = true;
    this.socket = new WebSocket(this.address);
    this.socket.addEventListener("open", () => {
      this.wait = FIRST_WAIT;
      this.on.state("open");
      this.socket.send(JSON.stringify({ since: this.last }));
      this.flush(this.pending);
    });
    this.socket.addEventListener("message", (event) => this.receive(JSON.parse(event.data)));
    this.socket.addEventListener("close", () => this.lost());
  }

  lost() {
    this.on.state("lost");
    this.retry = setTimeout(() => this.connect(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  hurry() {
    if (this.retry !== null) this.connect();
  }

  receive(frame) {
    if (frame.n !== undefined) {
      // A number that has been before can only come first on a socket: the server's log was begun anew.
      const fresh = this.fresh && frame.n <= this.last;
      this.fresh = false;
      if (frame.n <= this.last && !fresh) return;
      this.last = frame.n;
      this.gathered.push([frame.n, frame.message, fresh]);
      this.gather ??= setTimeout(() => this.deliver(), GATHER);
    } else if (frame.ack !== undefined) {
      this.done(frame.ack);
    } else if (frame.refused !== undefined) {
      const refused = this.pending.find((one) => one.id === frame.refused);
      this.done(frame.refused);
      if (refused !== undefined) this.on.refused(refused, frame.reason);
    } else if (frame.renew !== undefined) {
      this.renew(frame.renew);
    }
  }

  // After a change of rights the old cookie is worth nothing: without a new one the next page would be a stranger's.
  renew(ticket, tries = 5) {
    const again = () => tries > 1 && setTimeout(() => this.renew(ticket, tries - 1), FIRST_WAIT * 2);
    fetch(this.renewal, { method: "POST", body: ticket }).then((answer) => answer.status >= 500 && again(), again);
  }

  deliver() {
    const entries = this.gathered;
    this.gathered = [];
    this.gather = null;
    this.on.entries(entries);
  }

  done(id) {
    this.repeat = REPEAT_AFTER;
    this.keep(this.pending.filter((frame) => frame.id !== id));
  }

  keep(pending) {
    this.pending = pending;
    sessionStorage.setItem(this.store, JSON.stringify(pending));
    this.on.pending(pending);
  }

  flush(frames) {
    if (this.socket.readyState === WebSocket.OPEN) {
      for (const frame of frames) this.socket.send(JSON.stringify(frame));
    }
    clearTimeout(this.again);
    if (this.pending.length === 0) return;
    this.again = setTimeout(() => {
      this.repeat = Math.min(this.repeat * 2, LONGEST_WAIT * 2);
      this.flush(this.pending);
    }, this.repeat);
  }
}

function restored(store) {
  try {
    const pending = JSON.parse(sessionStorage.getItem(store) ?? "[]");
    return Array.isArray(pending) ? pending : [];
  } catch {
    return [];
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only on https and localhost
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}
return { Line, newId };
})();
const module_message = (() => {
// One message as an element. Text comes as spans and becomes text nodes: nothing in it can turn into markup.

const { html } = module_preact_htm;

const STYLES = { bold: "strong", italic: "em", code: "code" };
const SAFE_LINK = /^https?:\/\//i;

function Spans({ text }) {
  return text.map(([words, style, link]) => {
    const Tag = STYLES[style];
    const styled = Tag ? html`<${Tag}>${words}<//>` : words;
    return link && SAFE_LINK.test(link)
      ? html`<a href=${link} target="_blank" rel="noopener noreferrer">${styled}</a>`
      : styled;
  });
}

function Attachment({ kind, url, alt, size, onLoad, words }) {
  if (kind === "photo") {
    return html`<a class="photo" href=${url} target="_blank" rel="noopener noreferrer"
      ><img src=${url} alt=${alt} onLoad=${onLoad} /></a>`;
  }
  const name = html`<span>${alt}${size > 0 && html` <small>(${readable(size, words.locale)})</small>`}</span>`;
  if (kind === "audio") {
    return html`<div class="audio"><p>${name}</p><audio controls preload="none" src=${url} aria-label=${alt}></audio></div>`;
  }
  return html`<a class="file" href=${url} download>${words.download} ${name}</a>`;
}

function readable(bytes, locale) {
  const kilobytes = bytes / 1024;
  const [number, unit] = kilobytes < 1000 ? [Math.ceil(kilobytes), "KB"] : [kilobytes / 1024, "MB"];
  return `${number.toLocaleString(locale, { maximumFractionDigits: 1 })} ${unit}`;
}

function Choices({ id, buttons, rows, busy, onPress }) {
  const groups = [];
  let at = 0;
  for (const width of [...rows, ...buttons.map(() => 1)]) {
    if (at < buttons.length && width > 0) groups.push(buttons.slice(at, at + width));
    at += width;
  }
  const press = (event, data) => {
    // The second click of a double click means the same as the first.
    if (event.detail < 2 && !busy.has(data)) onPress(data, id);
  };
  return html`<div class="choices">
    ${groups.map(
      (group) => html`<div class="row">
        ${group.map(
          ([label, data]) => html`<button type="button" data-choice=${data} aria-disabled=${busy.has(data) ? "true" : null}
            onClick=${(event) => press(event, data)}>${label}</button>`,
        )}
      </div>`,
    )}
  </div>`;
}

function Article({ entry, me, busy, onPress, onLoad, words }) {
  const { id, message } = entry;
  const bot = message.from === "bot";
  const mine = !bot && message.person === me;
  const who = bot ? words.bot : mine ? words.me : message.name;
  const { text, attachment, buttons = [], rows = [] } = message;
  return html`<article data-from=${bot ? "bot" : mine ? "me" : message.name} data-id=${id} class=${message.large ? "large" : null}>
    <p class=${bot || mine ? "unseen" : "who"}>${who}:</p>
    ${attachment && html`<${Attachment} ...${attachment} onLoad=${onLoad} words=${words} />`}
    ${text.length > 0 && html`<p class="text"><${Spans} text=${text} /></p>`}
    ${buttons.length > 0 && html`<${Choices} id=${id} buttons=${buttons} rows=${rows} busy=${busy} onPress=${onPress} />`}
    <p class="when">${entry.pending ? words.sending : html`<time datetime=${message.at}>${clock(message.at)}</time>`}</p>
  </article>`;
}

function clock(at) {
  const date = new Date(at);
  const time = date.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
  const today = date.toDateString() === new Date().toDateString();
  return today ? time : `${time}, ${date.toLocaleDateString("vi-VN", { day: "2-digit", month: "2-digit" })}`;
}
return { Spans, Article };
})();
const module_upload = (() => {
// A photo or a file on its way to the server.

const { newId } = module_line;

// The id of an upload: what is sent again after a failure is the same, for the server may have a part of it already.
function uploadId(path, person, file, caption) {
  return sessionStorage.getItem(keptAs(path, person, file, caption)) ?? newId();
}

// Returns "" when the server has it, else why not, in words for the person: `unsent` where the server has none.
async function sendFile(path, id, person, file, caption, unsent) {
  const reason = (await send(path, id, person, file, caption)) ?? unsent;
  const key = keptAs(path, person, file, caption);
  if (reason) sessionStorage.setItem(key, id);
  else sessionStorage.removeItem(key);
  return reason;
}

async function send(path, id, person, file, caption) {
  const address = new URL(path, location.href);
  address.searchParams.set("id", id);
  if (person !== undefined) address.searchParams.set("person", person);
  const headers = {
    "Content-Type": file.type || "application/octet-stream",
    "X-File-Name": encodeURIComponent(file.name),
    "X-Caption": encodeURIComponent(caption),
  };
  try {
    const answer = await fetch(address, { method: "POST", body: file, headers });
    if (answer.ok) return "";
    const ours = answer.headers.get("Content-Type")?.startsWith("text/plain");
    return (ours && (await answer.text())) || null;
  } catch {
    return null;
  }
}

// A workbook may have been changed meanwhile; of a photo that is chosen again some phones make a new copy.
function keptAs(path, person, file, caption) {
  const changed = file.type.startsWith("image/") ? 0 : file.lastModified;
  return `langso.unsent.${JSON.stringify([path, person, file.name, file.size, changed, caption])}`;
}
return { uploadId, sendFile };
})();
const module_phone = (() => {
// A phone: its log, its choices, its input.

const { html, useEffect, useLayoutEffect, useRef, useState } = module_preact_htm;
const { Line } = module_line;
const { Article } = module_message;
const { sendFile, uploadId } = module_upload;

const NEAR_END = 80; // px
const FILES = "image/jpeg,image/png,image/webp,.pdf,.docx,.xlsx,.mp3,.m4a,.ogg,.wav";
const LONGEST_CAPTION = 300; // what is typed meanwhile goes along if it is no longer
const GREET_AFTER = 500; // ms of silence on an open line mean that nobody has talked here yet

function Phone({ phone, start }) {
  const [entries, setEntries] = useState([]);
  const [pending, setPending] = useState([]);
  const [typed, setTyped] = useState([]);
  const [state, setState] = useState("opening");
  const [refused, setRefused] = useState("");
  const [person, setPerson] = useState(phone.persons[0].key);
  const [silent, setSilent] = useState(false);
  const [draft, setDraft] = useState("");
  const line = useRef(null);
  const log = useRef(null);
  const held = useRef(true); // the log stays at its end
  const pressed = useRef(null); // id of the message whose button was pressed last, until something came of it

  useEffect(() => {
    line.current = new Line(phone.socket, phone.key, {
      entries: (arrived) => {
        if (pressed.current !== null && arrived.some(([, message]) => !message.replaces)) held.current = true;
        setEntries((known) => arrived.reduce(added, known));
      },
      pending: (frames) => {
        setPending(frames);
        // What was typed stays in sight between its acknowledgement and its place in the history.
        setTyped((shown) => [...shown, ...frames.filter((frame) => isText(frame) && !shown.some((one) => one.id === frame.id))]);
      },
      state: setState,
      refused: (frame, reason) => {
        setTyped((shown) => shown.filter((one) => one.id !== frame.id));
        setRefused(reason);
        setDraft((text) => text || (frame.text ?? ""));
      },
    }, phone.renew);
    if (start) line.current.send({ text: `/start ${start}` });
  }, []);

  useEffect(() => {
    if (state !== "open") return undefined;
    const timer = setTimeout(() => setSilent(true), GREET_AFTER);
    return () => clearTimeout(timer);
  }, [state]);

  const known = new Set(entries.map((entry) => entry.message.id));
  const waiting = typed.filter((frame) => !known.has(frame.id));
  const presses = pending.filter((frame) => !isText(frame));

  const toEnd = () => {
    const box = log.current;
    if (!held.current) return;
    // A message longer than the screen is shown from its beginning.
    const newest = box.querySelector("article:last-of-type");
    const tall = newest !== null && newest.dataset.from === "bot" && newest.offsetHeight > box.clientHeight;
    box.scrollTop = tall ? newest.offsetTop : box.scrollHeight; // the log is positioned: offsets count from it
  };
  useLayoutEffect(toEnd, [entries, waiting.length, state, silent]);
  useLayoutEffect(() => {
    // A pressed button that went away with its page takes the focus along: hand it to what came instead.
    if (pressed.current !== null) {
      const article = log.current.querySelector(`article[data-id="${CSS.escape(pressed.current)}"]`);
      if (document.activeElement === document.body) (article?.querySelector("button") ?? log.current).focus({ preventScroll: true });
      if (article !== null && !held.current) bringIntoView(log.current, article);
    }
    pressed.current = null;
  }, [entries]);
  useEffect(() => {
    const watch = new ResizeObserver(toEnd);
    watch.observe(log.current);
    return () => watch.disconnect();
  }, []);

  const onScroll = () => {
    const box = log.current;
    held.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
  };
  const send = (frame) => {
    setRefused("");
    line.current.send(phone.persons.length > 1 ? { ...frame, person } : frame);
  };
  const say = (text) => {
    if (text.length > phone.limit) {
      setRefused(phone.words.long);
      return;
    }
    held.current = true;
    send({ text: wellFormed(text) });
    setDraft("");
  };

  const attach = async (file) => {
    if (file.size > phone.largest) {
      setRefused(phone.words.large);
      return;
    }
    held.current = true;
    setRefused("");
    const typedMeanwhile = wellFormed(draft.trim());
    const caption = typedMeanwhile.length > LONGEST_CAPTION ? "" : typedMeanwhile;
    const holder = phone.persons.length > 1 ? person : undefined;
    const id = uploadId(phone.files, holder, file, caption);
    setTyped((shown) => [...shown, { id, text: `📎 ${file.name}\n${caption}`.trim() }]);
    if (caption) setDraft("");
    const reason = await sendFile(phone.files, id, holder, file, caption, phone.words.unsent);
    if (reason) {
      setTyped((shown) => shown.filter((one) => one.id !== id));
      setRefused(reason);
      setDraft((text) => text || caption);
    }
  };

  const greeting = silent && entries.length === 0 && waiting.length === 0;
  return html`<section data-phone=${phone.key} class=${phone.persons.length > 1 ? "phone several" : "phone"} aria-labelledby=${`title-${phone.key}`}>
    <header>
      <h2 id=${`title-${phone.key}`}>${phone.title}</h2>
      ${phone.note && html`<p>${phone.note}</p>`}
      <label hidden=${phone.persons.length < 2}>${phone.words.holder}
        <select name="person" value=${person} onChange=${(event) => setPerson(event.target.value)}>
          ${phone.persons.map((one) => html`<option value=${one.key}>${one.name}</option>`)}
        </select>
      </label>
    </header>
    <p role="status" class="state">${state === "lost" ? phone.words.lost : ""}</p>
    <div role="log" aria-live="polite" aria-label=${`${phone.words.talk} ${phone.title}`} tabindex="0" ref=${log} onScroll=${onScroll}>
      ${greeting && html`<div class="greeting"><p>${phone.words.greeting}</p>
        <button type="button" onClick=${() => say("/start")}>${phone.words.start}</button></div>`}
      ${entries.map(
        (entry) => html`<${Article} key=${entry.id} entry=${entry} me=${person} words=${phone.words} onLoad=${toEnd}
          busy=${new Set(presses.filter((frame) => frame.message === entry.id).map((frame) => frame.press))}
          onPress=${(press, message) => {
            pressed.current = message;
            send({ press, message });
          }} />`,
      )}
      ${waiting.map((frame) => html`<${Article} key=${frame.id} entry=${onItsWay(frame, person, phone.words)} me=${person} words=${phone.words} />`)}
    </div>
    <${Composer} phone=${phone} draft=${draft} setDraft=${setDraft} onSay=${say} onAttach=${attach} refused=${refused} />
  </section>`;
}

function Composer({ phone, draft, setDraft, onSay, onAttach, refused }) {
  const box = useRef(null);
  const picker = useRef(null);
  useLayoutEffect(() => {
    const { style } = box.current;
    style.height = "";
    if (!draft) return;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    style.height = `${(box.current.scrollHeight + 4) / rem}rem`; // in rem: it grows with the A+ button
  }, [draft]);
  const submit = (event) => {
    event.preventDefault();
    if (draft.trim()) onSay(draft.trim());
    box.current.focus();
  };
  const onKeyDown = (event) => {
    // An Enter that ends a Telex composition is not meant for us.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  const onPick = (event) => {
    const [file] = event.target.files;
    event.target.value = ""; // the same file may be chosen again
    if (file) onAttach(file);
    box.current.focus();
  };
  const id = `text-${phone.key}`;
  return html`<form onSubmit=${submit}>
    <p role="alert" class="refused">${refused}</p>
    <label for=${id} class="unseen">${phone.words.mine} (${phone.title})</label>
    <div class="write"><input type="file" hidden accept=${FILES} ref=${picker} onChange=${onPick} />
      <button type="button" class="attach" onClick=${() => picker.current.click()}>${phone.words.photo}<span class="unseen"> ${phone.words.orFile}</span></button>
    <textarea id=${id} name="text" rows="1" placeholder=${phone.words.type} ref=${box} value=${draft} enterkeyhint="send"
      onInput=${(event) => setDraft(event.target.value)} onKeyDown=${onKeyDown}></textarea>
    <button type="submit">${phone.words.send}</button></div>
  </form>`;
}

// A page that was turned in place may have grown beyond the end of the log.
function bringIntoView(box, article) {
  const top = article.offsetTop;
  const bottom = top + article.offsetHeight;
  if (top < box.scrollTop || article.offsetHeight > box.clientHeight) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}

function added(entries, [n, message, fresh]) {
  const known = fresh ? [] : entries;
  const id = message.replaces ?? String(n);
  const entry = { id, message };
  return known.some((one) => one.id === id) ? known.map((one) => (one.id === id ? entry : one)) : [...known, entry];
}

function isText(frame) {
  return frame.text !== undefined;
}

function onItsWay(frame, person, words) {
  const text = frame.text.startsWith("/start") ? words.start : frame.text;
  const message = { from: "person", person: frame.person ?? person, name: "", text: [[text, "plain", null]] };
  return { id: frame.id, pending: true, message };
}

// Half of a character (a cut emoji) cannot be sent as UTF-8.
function wellFormed(text) {
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (found) => (found.length === 2 ? found : ""));
}
return { Phone };
})();
(() => {
const { html, render } = module_preact_htm;
const { Phone } = module_phone;

const BIG = "langso.big";

function setBig(big) {
  document.documentElement.classList.toggle("big", big);
  document.getElementById("size").setAttribute("aria-pressed", String(big));
}

setBig(localStorage.getItem(BIG) === "1");
document.getElementById("size").addEventListener("click", () => {
  const big = localStorage.getItem(BIG) !== "1";
  localStorage.setItem(BIG, big ? "1" : "0");
  setBig(big);
});

// A link `?start=CODE` opens what it names once, also when the page is loaded again.
const query = new URLSearchParams(location.search);
const opened = query.get("start");
if (opened !== null) {
  query.delete("start");
  history.replaceState(null, "", query.toString() ? `?${query}` : location.pathname);
}

// A link `?xa=UNIT` says where the visitor is at home. The bot is told once and keeps it with the conversation.
const HOME = "langso.home";
const unit = query.get("xa");
const moved = unit !== null && /^[a-z0-9-]{1,60}$/.test(unit) && localStorage.getItem(HOME) !== unit;
if (moved) localStorage.setItem(HOME, unit);
const start = opened ?? (moved ? `xa_${unit}` : null);

const main = document.getElementById("phones");
const phones = JSON.parse(main.dataset.phones);
render(phones.map((phone, at) => html`<${Phone} key=${phone.key} phone=${phone} start=${at === 0 ? start : null} />`), main);
})();
const module_story = (() => {
// The demo's story: acts on the phones as a person would, through the real bot. A touch of any phone takes over.

const PATIENCE = 90000; // ms until an answer must have come; the reminder takes half a minute
const LOOK = 100;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

class Story {
  // `steps`: [{ caption }, { phone, as, type | pick, hears }]. Only what was said since the story began counts: the
  // phones may have talked before, in an earlier story too, and its messages look the same.
  //   phone  a key, several of which the one that `hears` is meant, or the name of one that was kept
  //   hears  words, or several that must stand in one message: of the newest after an act, else of any message;
  //          "|" is between those of which one will do
  //   times  so many messages say what is heard; `keep` remembers on which phone the newest of them is
  //   pick   the label of the newest choice, or of the newest in a message that says `of`; "…" ends a beginning
  //   if     the step is for whoever has heard these words last, others go on; `back` goes to the step of that name
  //   learn  { NAME: pattern } remembers a word of what was heard, which later steps call {NAME}
  constructor(steps, pace, show) {
    this.steps = steps;
    this.pace = pace;
    this.show = show;
    this.state = "ready";
    this.running = false;
    this.at = 0;
    this.known = new Map();
  }

  async play() {
    this.state = "playing";
    this.show(this);
    if (this.running) return; // it was paused in the middle of a step and goes on from there
    this.running = true;
    this.since ??= new Map(sections().map((section) => [section.dataset.phone, newest(section)]));
    try {
      while (this.state === "playing" && this.at < this.steps.length) {
        const step = this.filled(this.steps[this.at]);
        if (await this.take(step)) this.at = this.following(step);
      }
      if (this.state === "playing") this.state = "over";
    } catch (error) {
      if (!(error instanceof Stuck)) throw error;
      this.state = "stuck";
    } finally {
      this.running = false;
    }
    this.show(this);
  }

  pause() {
    if (this.state === "playing") this.state = "paused";
    this.show(this);
  }

  get caption() {
    const told = this.steps.slice(0, this.at + 1).filter((step) => step.caption !== undefined);
    return told.length > 0 ? told[told.length - 1].caption : "";
  }

  // The step with what was remembered in the place of {NAME}.
  filled(step) {
    const fill = (value) => (typeof value === "string" ? value.replace(/\{(\w+)\}/g, (all, name) => this.known.get(name) ?? all) : value);
    this.acted ??= new Map();
    return { ...Object.fromEntries(Object.entries(step).map(([key, value]) => [key, Array.isArray(value) ? value.map(fill) : fill(value)])), at: this.at };
  }

  following(step) {
    this.acted.delete(step.at);
    if (step.skipped || step.back === undefined) return step.at + 1;
    const to = this.steps.findIndex((one) => one.name === step.back);
    for (let at = to; at < step.at; at += 1) this.acted.delete(at);
    return to;
  }

  // Whether the step is done: it is taken again when it was paused before its answer came.
  async take(step) {
    this.show(this);
    if (step.caption !== undefined) {
      await this.rest(step.caption.length * 25);
      return true;
    }
    const hands = [step.phone].flat().map((key) => new Hand(key, this.since.get(key) ?? 0));
    if (step.if !== undefined && !this.acted.has(step.at) && !hands[0].saidLast(step.if)) {
      step.skipped = true;
      return true;
    }
    if (hands.length === 1) hands[0].comeIntoView();
    if (step.as !== undefined) hands[0].passTo(step.as);
    if (step.type !== undefined) await this.once(step, hands[0], () => this.type(hands[0], step.type));
    if (step.pick !== undefined) await this.once(step, hands[0], () => this.pick(hands[0], step.pick, step.of));
    const heard = () => (acts(step) ? this.acted.has(step.at) && hands[0].answers(step.hears, this.acted.get(step.at)) : told(hands, step));
    await until(() => this.state !== "playing" || heard());
    if (!heard()) return false;
    this.remember(step, hands);
    await this.rest(700);
    return true;
  }

  remember(step, hands) {
    const articles = hands.flatMap((hand) => hand.saying(step.hears)).sort(byTime);
    const last = articles[articles.length - 1];
    if (step.keep !== undefined) this.known.set(step.keep, last.closest("[data-phone]").dataset.phone);
    for (const [name, pattern] of Object.entries(step.learn ?? {})) this.known.set(name, last.textContent.match(new RegExp(pattern))[0]);
    if (hands.length > 1) new Hand(last.closest("[data-phone]").dataset.phone, 0).comeIntoView();
  }

  // A step that was paused after its act is not acted again.
  async once(step, phone, act) {
    if (this.acted.has(step.at) || this.state !== "playing") return;
    const before = phone.said;
    if (await act()) this.acted.set(step.at, before);
  }

  async type(phone, text) {
    const letters = Array.from(text);
    for (let end = 1; end <= letters.length && !calm.matches && this.pace > 0; end += 1) {
      phone.write(letters.slice(0, end).join(""));
      await sleep(35 * this.pace);
    }
    phone.write(text);
    await this.rest(150);
    if (this.state !== "playing") return false;
    phone.submit();
    return true;
  }

  async pick(phone, label, of) {
    await until(() => this.state !== "playing" || phone.offers(label, of));
    if (this.state !== "playing") return false;
    const button = phone.button(label, of);
    if (button === undefined) return this.type(phone, phone.number(label));
    button.classList.add("shown-press");
    await this.rest(400);
    button.classList.remove("shown-press");
    if (this.state !== "playing") return false;
    button.click();
    return true;
  }

  rest(milliseconds) {
    return sleep(milliseconds * this.pace);
  }
}

class Stuck extends Error {}

function acts(step) {
  return step.type !== undefined || step.pick !== undefined;
}

function sections() {
  return Array.from(document.querySelectorAll("section[data-phone]"));
}

function newest(section) {
  return Math.max(0, ...Array.from(section.querySelectorAll("article[data-id]"), (article) => Number(article.dataset.id) || 0));
}

// Whether enough messages of these phones say what is waited for.
function told(hands, step) {
  return hands.flatMap((hand) => hand.saying(step.hears)).length >= (step.times ?? 1);
}

function says(article, words) {
  const text = article.textContent;
  return [words ?? ""].flat().every((one) => one.split("|").some((other) => text.includes(other)));
}

function byTime(one, other) {
  const at = (article) => article.querySelector("time")?.dateTime ?? "";
  return at(one).localeCompare(at(other));
}

// What a person can do with a phone of the stage. Messages up to the one with the number `since` are forgotten.
class Hand {
  constructor(key, since) {
    this.place = document.querySelector(`section[data-phone="${key}"]`);
    this.since = since;
  }

  get heard() {
    return Array.from(this.place.querySelectorAll("article[data-from=bot]")).filter((article) => Number(article.dataset.id) > this.since);
  }

  get said() {
    return this.heard.map((article) => article.textContent).join("\n");
  }

  saying(words) {
    return this.heard.filter((article) => says(article, words));
  }

  saidLast(words) {
    return this.heard.slice(-1).some((article) => says(article, words));
  }

  answers(words, before) {
    return this.said !== before && this.heard.slice(-4).some((article) => says(article, words));
  }

  comeIntoView() {
    this.place.scrollIntoView({ block: "nearest", inline: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  }

  passTo(person) {
    const select = this.place.querySelector("select[name=person]");
    if (select.value === person) return;
    select.value = person;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  write(text) {
    const box = this.place.querySelector("textarea");
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  submit() {
    this.place.querySelector("form").requestSubmit();
  }

  offers(label, of) {
    return this.button(label, of) !== undefined || this.number(label) !== undefined;
  }

  // A label that ends in "…" is the beginning of one: numbers differ each time.
  button(label, of) {
    const matches = label.endsWith("…") ? (text) => text.startsWith(label.slice(0, -1)) : (text) => text === label;
    return this.saying(of)
      .flatMap((article) => Array.from(article.querySelectorAll("button[data-choice]")))
      .filter((button) => matches(button.textContent.trim()))
      .pop();
  }

  number(label) {
    const lines = (this.heard.pop()?.innerText ?? "").split("\n");
    return lines.find((line) => line.trim().endsWith(`. ${label}`))?.split(".")[0].trim();
  }
}

function mount(bar, phones, steps, pace = 1) {
  const [play, pause, again, reset] = ["play", "pause", "again", "reset"].map((name) => bar.querySelector(`[data-story=${name}]`));
  const caption = bar.querySelector("[role=status]");
  let story = new Story(steps, pace, show);

  function show(shown) {
    if (shown !== story) return; // one that was left
    const { state, caption: words } = shown;
    bar.dataset.state = state;
    pause.hidden = state !== "playing";
    play.hidden = state === "playing";
    again.hidden = state !== "paused";
    play.textContent = { ready: "Xem thử", paused: "Xem tiếp" }[state] ?? "Xem lại";
    caption.textContent = {
      paused: "Đã tạm dừng. Đồng chí cứ thử trên các điện thoại, rồi bấm Xem tiếp.",
      stuck: "Câu chuyện dừng ở đây. Đồng chí cứ thử tiếp trên các điện thoại, hoặc bấm Xem lại.",
      over: "Hết phần xem thử. Đồng chí cứ thử tiếp trên các điện thoại.",
    }[state] ?? words;
  }

  const fromTheStart = () => {
    story = new Story(steps, pace, show);
    story.play();
  };
  play.addEventListener("click", () => (["over", "stuck"].includes(story.state) ? fromTheStart() : story.play()));
  again.addEventListener("click", fromTheStart);
  pause.addEventListener("click", () => story.pause());
  reset?.addEventListener("click", () => {
    story.pause();
    if (confirm("Xóa hết những gì đã thử ở đây và bắt đầu lại từ đầu?")) beginAnew(reset, caption);
  });
  for (const kind of ["pointerdown", "keydown"]) {
    // Only people cause trusted events: whoever touches a phone has taken over.
    phones.addEventListener(kind, (event) => event.isTrusted && story.pause(), { capture: true });
  }
  bar.hidden = false;
  show(story);
}

// The server begins again with nothing in it; the page is loaded again as soon as it is another one's.
async function beginAnew(button, caption) {
  const { began } = button.dataset;
  button.disabled = true;
  caption.textContent = "Đang xóa và bắt đầu lại…";
  if (!(await fetch("/chat/reset", { method: "POST" })).ok) {
    button.disabled = false;
    caption.textContent = "Chưa xóa được. Đồng chí tải lại trang rồi thử lại.";
    return;
  }
  const other = async () => {
    try {
      const page = await fetch(location.pathname, { cache: "no-store" });
      return page.ok && !(await page.text()).includes(`data-began="${began}"`);
    } catch {
      return false; // it is not there yet
    }
  };
  while (!(await other())) await sleep(LOOK * 3);
  sessionStorage.clear();
  location.reload();
}

async function until(condition) {
  for (let waited = 0; !condition(); waited += LOOK) {
    if (waited > PATIENCE) throw new Stuck();
    await sleep(LOOK);
  }
}

function sleep(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
return { Story, mount };
})();
const module_story_json = [{"caption":"1. Bà con hỏi trên máy của mình. Gõ có dấu hay không dấu đều được."},{"phone":"rich","type":"/start"},{"phone":"rich","type":"cai vneid","hears":"Có phải bác cần"},{"phone":"rich","pick":"Cài và kích hoạt VNeID mức 2","hears":"Bác đã ra công an|Bác đang xem dở bài"},{"phone":"rich","if":"Bác đang xem dở bài","pick":"Làm lại từ đầu","hears":"Bác đã ra công an"},{"phone":"rich","pick":"Làm rồi, chưa kích hoạt","hears":"Chuẩn bị"},{"caption":"2. Trên điện thoại chỉ có chữ, bà con trả lời bằng số."},{"phone":"plain","type":"/start"},{"name":"ask","phone":"plain","type":"dong goi hang","hears":"Có phải bác cần"},{"phone":"plain","pick":"Nhận đơn, đóng gói và cam kết chất lượng","hears":"Ký bản cam kết"},{"phone":"plain","if":"Bác đang xem dở bài","pick":"Làm lại từ đầu","hears":"Tôi bị kẹt"},{"caption":"3. Bị kẹt thì nhờ người. Máy hỏi riêng một người trong Tổ trước; tên bà con không hiện ra."},{"phone":"plain","pick":"Tôi bị kẹt","hears":"làm từng việc nhỏ"},{"phone":"plain","pick":"Nhờ người giúp","hears":"Bác có đồng ý không?|Bác ở thôn nào|Điện thoại của bác|Tôi đang tìm người giúp|Có người đang giúp bác|Người giúp đã trả lời bác"},{"phone":"plain","if":"Tôi đang tìm người giúp","pick":"Thôi, tôi làm được rồi","back":"ask"},{"phone":"plain","if":"Có người đang giúp bác","pick":"Thôi, tôi làm được rồi","back":"ask"},{"phone":"plain","if":"Người giúp đã trả lời bác","pick":"Xong rồi","back":"ask"},{"phone":"plain","if":"Bác có đồng ý không?","pick":"Đồng ý","hears":"Bác ở thôn nào|Điện thoại của bác"},{"phone":"plain","if":"Bác ở thôn nào","pick":"thôn Lạc Hiền","hears":"Điện thoại của bác là loại nào?"},{"phone":"plain","pick":"Tôi không biết","hears":"Tôi đang nhờ Tổ công nghệ số thôn Lạc Hiền"},{"phone":"plain","type":"Ký ở đâu, ai giữ tờ giấy?","hears":"Ai nhận giúp sẽ đọc được"},{"phone":["leader","member"],"hears":["Có người cần giúp","Nhận đơn, đóng gói"]},{"caption":"4. Tổ trưởng báo số liệu bằng một tin trong nhóm. Máy đọc lại, bấm Đúng mới ghi."},{"phone":"group","as":"leader","type":"@bot ho so +12, huong dan tai nha +9","hears":"Đúng"},{"phone":"group","if":"Có đúng số này không?","pick":"Đúng số này","hears":"Đúng"},{"phone":"group","if":"Có đúng số này không?","pick":"Đúng số này","hears":"Đúng"},{"phone":"group","pick":"Đúng"},{"caption":"5. Cô Lan ở xã soạn thông báo khẩn theo mẫu, mỗi lần một câu."},{"phone":"official","as":"officer","type":"/start"},{"phone":"official","as":"officer","type":"thông báo","hears":"Soạn mới"},{"phone":"official","pick":"Soạn mới","hears":"Bác soạn tin gì?"},{"phone":"official","pick":"Bão lũ","hears":"Chuyện gì sắp đến?"},{"phone":"official","type":"bão số 5, gió mạnh cấp 9","hears":"Khi nào?"},{"phone":"official","type":"từ 18 giờ hôm nay","hears":"Bà con cần làm gì?"},{"phone":"official","type":"chằng chống nhà cửa, đưa trâu bò về chuồng, không ra đồng","hears":"gọi số nào?"},{"phone":"official","type":"bỏ qua","hears":"Đã ghi"},{"phone":"official","pick":"Nơi nhận","hears":"cho ai?"},{"phone":"official","pick":"Tất cả các thôn (12)"},{"phone":"official","pick":"Xong","hears":"Nơi nhận: 3 nhóm"},{"phone":"official","pick":"Thêm ảnh, tệp, ghi âm","hears":"Bác gửi ảnh"},{"phone":"official","pick":"🔊 Bão số 5…","hears":"Âm thanh: Bão số 5"},{"phone":"official","pick":"Xem trước","hears":"bà con thấy"},{"phone":"official","pick":"Xin duyệt","hears":"Đã chốt 3 nhóm","learn":{"TB":"TB-\\d+"}},{"caption":"6. Người thứ hai duyệt trên máy của mình. Người soạn không tự duyệt được."},{"phone":"chair","hears":["Có thông báo chờ duyệt","{TB}"]},{"phone":"chair","pick":"Duyệt","hears":"Đã duyệt cho 3 nhóm","of":"{TB}"},{"caption":"7. Ba nhóm thôn nhận tin và bản phát loa. Một thôn bấm Đã nhận, một thôn bấm Đã phát loa."},{"phone":"group","hears":["bão số 5","{TB}"]},{"phone":"group-2","hears":["bão số 5","{TB}"]},{"phone":"group-3","hears":["bão số 5","{TB}"]},{"phone":"group-2","pick":"Đã nhận","of":"{TB}","hears":"đã nhận {TB}"},{"phone":"group-3","pick":"Đã phát loa","of":"{TB}","hears":"đã phát loa {TB}"},{"caption":"8. Nhóm Zalo của thôn Cầu Đá không có bot: trưởng thôn nhận tin riêng, dán vào nhóm rồi trả lời bằng số."},{"phone":"relay","hears":["Nhờ bác chuyển tin","{TB}"]},{"phone":"relay","pick":"Đã dán vào nhóm","of":"{TB}","hears":"Đã ghi"},{"caption":"9. Cô Lan mở biên nhận: nhóm nào đã có, thôn nào chưa xác nhận."},{"phone":"official","as":"officer","pick":"Mở {TB}","hears":"Biên nhận"},{"phone":"official","pick":"Biên nhận","hears":["qua Chú Phúc, đã dán","Chưa xác nhận: thôn Lạc Hiền"]},{"caption":"10. Thôn chưa xác nhận thì máy nhắc tổ trưởng (thật: sau 15 phút, ở đây: mười lăm giây)."},{"phone":"leader","hears":["chưa ai xác nhận","{TB}"]},{"phone":"leader","pick":"Đã nhận","of":"{TB}","hears":"đã nhận {TB}"},{"phone":"official","pick":"Cập nhật","hears":"Đã xác nhận: 3/3 thôn"},{"phone":"official","pick":"Tải Excel","hears":"Biên nhận của TB-"},{"caption":"11. Người được hỏi ở màn 3 bận, chưa trả lời bà con. Máy đã hỏi tiếp người khác trong Tổ (thật: sau 15 phút, ở đây: một phút)."},{"phone":["leader","member"],"hears":["Có người cần giúp","Nhận đơn, đóng gói"],"times":2,"keep":"HELPER"},{"phone":"{HELPER}","pick":"Tôi giúp","of":"Nhận đơn, đóng gói","hears":"Ký ở đâu, ai giữ tờ giấy?"},{"phone":"plain","hears":"Có người nhận giúp bác rồi"},{"phone":"{HELPER}","type":"Bác ra nhà văn hóa thôn, cháu mang sẵn tờ giấy","hears":"Đã chuyển cho bà con"},{"phone":"plain","hears":"Bác ra nhà văn hóa thôn"},{"phone":"plain","pick":"Xong rồi","hears":"Tốt quá!"},{"caption":"12. Bà con muốn biết tin thật hay giả thì hỏi máy."},{"phone":"rich","type":"kiểm tra TB-9999","hears":"không gửi thông báo số TB-9999"}];
(() => {
const { mount } = module_story;
const steps = module_story_json;

// `?pace=0` is for who has seen it and for tests.
const pace = Number(new URLSearchParams(location.search).get("pace") ?? 1);
mount(document.getElementById("story"), document.getElementById("phones"), steps, pace);
})();
