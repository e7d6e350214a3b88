package dev.mor4j.tests.soak;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** How requests ended, and what should not have happened. Any thread. */
final class Tally {
  private final Map<String, LongAdder> ends = new ConcurrentSkipListMap<>();
  private final ConcurrentMap<String, String> faults = new ConcurrentHashMap<>();
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();

  void begin() {
    begun.increment();
  }

  /** A request ended. */
  void end(String reason) {
    ended.increment();
    ends.computeIfAbsent(reason, key -> new LongAdder()).increment();
  }

  /** Something is wrong; of many faults of a kind the first is kept. */
  void fault(String kind, String what) {
    faults.putIfAbsent(kind, what);
  }

  /** Requests that nobody heard of again. */
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
