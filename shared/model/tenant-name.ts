// What a tenant may be called. Law: an account of ours has a name that no tenant can have, and nobody calls with a key or token of one.

export const tenantName: RegExp = /^[a-z0-9-]{1,63}$/;

/** False: an account of ours, or nobody. */
export const isTenantName = (id: string): boolean => tenantName.test(id);
