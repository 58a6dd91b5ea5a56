// Into how many shards the seed fleet's tenants fall.

export const shardCount = 64;
