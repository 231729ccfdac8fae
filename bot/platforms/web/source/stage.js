import "./chat.js";
import { mount } from "./story.js";
import steps from "./story.json";

// `?pace=0` is for who has seen it and for tests.
const pace = Number(new URLSearchParams(location.search).get("pace") ?? 1);
mount(document.getElementById("story"), document.getElementById("phones"), steps, pace);
