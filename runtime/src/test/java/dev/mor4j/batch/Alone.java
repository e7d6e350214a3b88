package dev.mor4j.batch;

import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;

/** A sequence as it runs alone: token after token, without slots, chunks or company. */
final class Alone {
  private final HashModel model;
  private final RoutingMode mode;

  /** Rows of a prompt that enters whole; 1 for rules that do not look ahead. */
  private final int rowCount;

  private final List<Integer> tokens = new ArrayList<>();
  private final List<Integer> depths = new ArrayList<>();
  private final List<Long> states = new ArrayList<>();

  /** By region, then by step. */
  private final List<List<Stored>> stored = new ArrayList<>();

  /** What tokens stored, by position; not all of them did. */
  private record Stored(BitSet positions, long[] values) {}

  /**
   * Runs a prompt and writes on.
   *
   * @param written tokens that are written
   */
  Alone(HashModel model, int[] prompt, RoutingMode mode, int written) {
    this.model = model;
    this.mode = mode;
    rowCount = mode.rule() == RoutingMode.Rule.TOP_K ? prompt.length : 1;
    int size = prompt.length + written;
    for (int region = 0; region < model.layout().regions().size(); region++) {
      stored.add(
          Stream.generate(() -> new Stored(new BitSet(), new long[size]))
              .limit(model.steps(region))
              .toList());
    }
    for (int token : prompt) {
      add(token);
    }
    for (int i = 0; i < written; i++) {
      add(model.nextToken(states.getLast()));
    }
  }

  /** The prompt's, then those written. */
  List<Integer> tokens() {
    return tokens;
  }

  int depth(int position) {
    return depths.get(position);
  }

  long state(int position) {
    return states.get(position);
  }

  /** What a row sees, in the order of positions. */
  long[] seen(int region, int step, int position) {
    boolean fallsBack =
        region == model.layout().blockRegion()
            && model.config().kvPolicy() == KvPolicy.SHARED_UPDATE;
    Stored own = stored.get(region).get(step);
    Stored first = stored.get(region).getFirst();
    long[] seen = new long[position + 1];
    int count = 0;
    for (int each = 0; each <= position; each++) {
      if (own.positions.get(each) || (fallsBack && first.positions.get(each))) {
        seen[count++] = (own.positions.get(each) ? own : first).values[each];
      }
    }
    return Arrays.copyOf(seen, count);
  }

  private void add(int token) {
    int position = tokens.size();
    long state = model.embed(token, position);
    if (model.hasEnds()) {
      state = run(state, position, 0, 0, 0, true);
    }
    int depth = 0;
    while (depth < model.passCount(mode) && model.takes(state, depth, mode, rowCount)) {
      state = runPass(state, position, depth);
      depth++;
    }
    if (depth == 0 && model.layout().firstStepFeedsAll()) {
      runPass(state, position, 0); // for its keys and values alone
    }
    if (model.hasEnds()) {
      state = run(state, position, model.codaRegion(), 0, 0, true);
    }
    tokens.add(token);
    depths.add(depth);
    states.add(state);
  }

  private long runPass(long state, int position, int pass) {
    boolean stores = pass == 0 || model.config().kvPolicy() != KvPolicy.SHARED;
    return run(state, position, model.layout().blockRegion(), model.cacheStep(pass), pass, stores);
  }

  private long run(long state, int position, int region, int step, int pass, boolean stores) {
    if (stores) {
      Stored own = stored.get(region).get(step);
      own.positions.set(position);
      own.values[position] = model.stored(state, region, pass);
    }
    return model.attend(state, seen(region, step, position));
  }
}
