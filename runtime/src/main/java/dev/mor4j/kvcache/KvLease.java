package dev.mor4j.kvcache;

/** One sequence's slots, in all regions; given back on close. Confined to the engine's thread. */
public final class KvLease implements AutoCloseable {
  private final KvCache cache;
  private final int sequence;

  KvLease(KvCache cache, int sequence) {
    this.cache = cache;
    this.sequence = sequence;
  }

  /** The sequence's number, unique in its cache. */
  public int sequence() {
    return sequence;
  }

  @Override
  public void close() {
    cache.release(sequence);
  }
}
