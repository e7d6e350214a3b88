package dev.mor4j.tests.soak;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts how requests ended, and collects faults. Thread-safe. */
final class Tally {
  private final Map<String, LongAdder> ends = new ConcurrentSkipListMap<>();
  private final ConcurrentMap<String, String> faults = new ConcurrentHashMap<>();
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();

  void begin() {
    begun.increment();
  }

  /** Counts a request that ended. */
  void end(String reason) {
    ended.increment();
    ends.computeIfAbsent(reason, key -> new LongAdder()).increment();
  }

  /** Records a fault; only the first fault of each kind is kept. */
  void fault(String kind, String what) {
    faults.putIfAbsent(kind, what);
  }

  /** Requests that have begun and not ended. */
  long open() {
    return begun.sum() - ended.sum();
  }

  Map<String, String> faults() {
    return Map.copyOf(faults);
  }

  @Override
  public String toString() {
    return "%d requests %s".formatted(ended.sum(), ends);
  }
}
