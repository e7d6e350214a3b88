package dev.mor4j.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * The time limit of a request.
 *
 * @param start when the request was submitted, as {@link System#nanoTime}
 * @param nanos time allowed from then on; {@link Long#MAX_VALUE} for no limit
 */
record Deadline(long start, long nanos) {
  private static final Duration LONGEST_LIMIT = Duration.ofNanos(Long.MAX_VALUE);

  /** A deadline that counts from now; a limit of more than 292 years is no limit. */
  static Deadline in(Optional<Duration> limit) {
    long nanos =
        limit
            .filter(each -> each.compareTo(LONGEST_LIMIT) < 0)
            .map(Duration::toNanos)
            .orElse(Long.MAX_VALUE);
    return new Deadline(System.nanoTime(), nanos);
  }

  /**
   * Whether the deadline has passed.
   *
   * @param now as {@link System#nanoTime}
   */
  boolean isOver(long now) {
    return now - start > nanos;
  }
}
