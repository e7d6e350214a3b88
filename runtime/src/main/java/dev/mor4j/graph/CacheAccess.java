package dev.mor4j.graph;

import dev.mor4j.kvcache.KvTensors;

/**
 * How one layer uses the K/V cache.
 *
 * @param tensors its keys and values
 * @param writes whether rows store their own keys and values before they attend
 */
record CacheAccess(KvTensors tensors, boolean writes) {}
