package dev.mor4j.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds common prefixes of sequences, so that a new sequence shares the keys and values of an
 * earlier one instead of computing them again. Sources are the sequences that run and those that
 * were kept when they ended. Kept sequences are evicted when the K/V cache runs short. Confined to
 * the engine's thread.
 */
final class PrefixCache {
  /** A shorter prefix costs more to share than to compute. */
  private static final int MIN_TOKENS = 8;

  /** Sequences that have ended and keep their slots, the oldest first. */
  private final List<Sequence> kept = new ArrayList<>();

  /** Keeps the slots of a sequence that has ended. */
  void keep(Sequence sequence) {
    kept.add(sequence);
  }

  /** Forgets a kept sequence; its slots are for the caller to free. */
  void remove(Sequence sequence) {
    kept.remove(sequence);
  }

  /** Whether no sequence is kept. */
  boolean isEmpty() {
    return kept.isEmpty();
  }

  /** Takes the oldest kept sequence out; its slots are for the caller to free. */
  Sequence removeOldest() {
    return kept.removeFirst();
  }

  /** Kept sequences, the oldest first, but for one whose slots are mostly those of a prefix. */
  List<Sequence> evictable(Optional<SharedPrefix> prefix) {
    List<Sequence> evictable = new ArrayList<>(kept);
    prefix.ifPresent(shared -> evictable.removeIf(shared::isMostOf));
    return evictable;
  }

  /**
   * The longest prefix that a sequence can share, if one is long enough.
   *
   * @param running sequences that run, perhaps among them the sequence itself
   */
  Optional<SharedPrefix> longestPrefix(Sequence sequence, List<Sequence> running) {
    SharedPrefix longest = longer(null, sequence, kept);
    return Optional.ofNullable(longer(longest, sequence, running));
  }

  private static @Nullable SharedPrefix longer(
      @Nullable SharedPrefix known, Sequence sequence, List<Sequence> sources) {
    SharedPrefix longest = known;
    for (Sequence source : sources) {
      int common = source == sequence ? 0 : sequence.sharedPrefixLength(source);
      if (common >= MIN_TOKENS && (longest == null || common > longest.tokenCount())) {
        longest = new SharedPrefix(source, common);
      }
    }
    return longest;
  }
}
