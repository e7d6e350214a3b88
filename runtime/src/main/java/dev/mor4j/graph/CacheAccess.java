package dev.mor4j.graph;

import dev.mor4j.kvcache.KvTensors;

/**
 * How one layer uses the cache.
 *
 * @param tensors its keys and values
 * @param writes whether rows store their own before they look
 */
record CacheAccess(KvTensors tensors, boolean writes) {}
