package dev.mor4j.batch;

import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;

/** A sequence as it runs alone: token after token, without slots, chunks or other sequences. */
final class SingleRun {
  private final HashModel model;
  private final RoutingMode mode;

  /** Rows of a prompt that is one chunk; 1 for causal rules. */
  private final int rowCount;

  private final List<Integer> tokens = new ArrayList<>();
  private final List<Integer> depths = new ArrayList<>();
  private final List<Long> states = new ArrayList<>();

  /** By region, then by step. */
  private final List<List<Stored>> stored = new ArrayList<>();

  /** What tokens have stored, by position, and which of them have. */
  private record Stored(BitSet positions, long[] values) {}

  /**
   * Runs a prompt and generates tokens.
   *
   * @param generated number of tokens to generate
   */
  SingleRun(HashModel model, int[] prompt, RoutingMode mode, int generated) {
    this.model = model;
    this.mode = mode;
    rowCount = mode.rule() == RoutingMode.Rule.TOP_K ? prompt.length : 1;
    int size = prompt.length + generated;
    for (int region = 0; region < model.layout().regions().size(); region++) {
      stored.add(
          Stream.generate(() -> new Stored(new BitSet(), new long[size]))
              .limit(model.steps(region))
              .toList());
    }
    for (int token : prompt) {
      add(token);
    }
    for (int i = 0; i < generated; i++) {
      add(model.nextToken(states.getLast()));
    }
  }

  /** The prompt's tokens, then the generated ones. */
  List<Integer> tokens() {
    return tokens;
  }

  int depth(int position) {
    return depths.get(position);
  }

  long state(int position) {
    return states.get(position);
  }

  /** What a row reads, in order of positions. */
  long[] visible(int region, int step, int position) {
    boolean fallsBack =
        region == model.layout().blockRegion()
            && model.config().kvPolicy() == KvPolicy.SHARED_UPDATE;
    Stored own = stored.get(region).get(step);
    Stored first = stored.get(region).getFirst();
    long[] values = new long[position + 1];
    int count = 0;
    for (int each = 0; each <= position; each++) {
      if (own.positions.get(each) || (fallsBack && first.positions.get(each))) {
        values[count++] = (own.positions.get(each) ? own : first).values[each];
      }
    }
    return Arrays.copyOf(values, count);
  }

  private void add(int token) {
    int position = tokens.size();
    long state = model.embed(token, position);
    if (model.hasEnds()) {
      state = run(state, position, 0, 0, 0, true);
    }
    int depth = 0;
    while (depth < model.runCount(mode) && model.takes(state, depth, mode, rowCount)) {
      state = runBlock(state, position, depth);
      depth++;
    }
    if (depth == 0 && model.layout().firstStepFeedsAll()) {
      runBlock(state, position, 0); // for its keys and values only
    }
    if (model.hasEnds()) {
      state = run(state, position, model.codaRegion(), 0, 0, true);
    }
    tokens.add(token);
    depths.add(depth);
    states.add(state);
  }

  private long runBlock(long state, int position, int recursionStep) {
    boolean stores = recursionStep == 0 || model.config().kvPolicy() != KvPolicy.SHARED;
    return run(
        state,
        position,
        model.layout().blockRegion(),
        model.cacheStep(recursionStep),
        recursionStep,
        stores);
  }

  private long run(
      long state, int position, int region, int step, int recursionStep, boolean stores) {
    if (stores) {
      Stored own = stored.get(region).get(step);
      own.positions.set(position);
      own.values[position] = model.stored(state, region, recursionStep);
    }
    return model.attend(state, visible(region, step, position));
  }
}
