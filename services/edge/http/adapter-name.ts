// What a tenant may call an adapter.

const nameForm = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,63}$/;

export const isAdapterName = (text: string): boolean => nameForm.test(text);
