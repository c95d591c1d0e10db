// The screens are made in the browser alone; any server of files may serve them.
export const ssr = false;
export const prerender = false;
