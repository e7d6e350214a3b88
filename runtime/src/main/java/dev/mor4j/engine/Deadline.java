package dev.mor4j.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * When a request has to end.
 *
 * @param start as {@link System#nanoTime}
 * @param nanos from then on; {@link Long#MAX_VALUE} for no end
 */
record Deadline(long start, long nanos) {
  private static final Duration LONGEST_LIMIT = Duration.ofNanos(Long.MAX_VALUE);

  /** A limit that counts from now; one of more than 292 years is none. */
  static Deadline in(Optional<Duration> limit) {
    long nanos =
        limit
            .filter(each -> each.compareTo(LONGEST_LIMIT) < 0)
            .map(Duration::toNanos)
            .orElse(Long.MAX_VALUE);
    return new Deadline(System.nanoTime(), nanos);
  }

  /**
   * Whether it is over.
   *
   * @param now as {@link System#nanoTime}
   */
  boolean isOver(long now) {
    return now - start > nanos;
  }
}
