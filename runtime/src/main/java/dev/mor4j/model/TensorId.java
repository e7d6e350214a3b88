package dev.mor4j.model;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Identifies one tensor of a model, and is the only place where GGUF tensor names are made and
 * parsed.
 *
 * @param role what the tensor does
 * @param block the stored block, {@link #NONE} outside of blocks
 * @param step the recursion step that has this tensor for itself, {@link #NONE} if the steps share
 *     it or there is only one
 */
public record TensorId(TensorRole role, int block, int step) {
  /** No block or no step. */
  public static final int NONE = -1;

  private static final Map<String, TensorRole> ROLES =
      Stream.of(TensorRole.values())
          .collect(Collectors.toUnmodifiableMap(TensorRole::word, Function.identity()));

  private static final Pattern IN_BLOCK =
      Pattern.compile("blk\\.(\\d{1,6})\\.(?:step\\.(\\d{1,6})\\.)?(.+)");
  private static final Pattern ROUTER_AT_STEP =
      Pattern.compile("(router|router_aux)\\.(\\d{1,6})\\.(.+)");

  public TensorId {
    boolean isPlaced =
        switch (role.scope()) {
          case MODEL -> block == NONE && step == NONE;
          case BLOCK -> block >= 0 && step >= NONE;
          case ROUTER -> block == NONE && step >= NONE;
        };
    if (!isPlaced) {
      throw new IllegalArgumentException(
          "%s: no tensor of this role has block %s and step %s".formatted(role, block, step));
    }
  }

  /** The only tensor of its role. */
  public static TensorId of(TensorRole role) {
    return new TensorId(role, NONE, NONE);
  }

  /** A tensor of stored block {@code block} that all recursion steps share. */
  public static TensorId inBlock(TensorRole role, int block) {
    return new TensorId(role, block, NONE);
  }

  /**
   * The tensor that one recursion step has in place of the shared one, or the router of that step.
   */
  public TensorId atStep(int ownStep) {
    return new TensorId(role, block, ownStep);
  }

  /** The tensor that all recursion steps share. */
  public TensorId withoutStep() {
    return new TensorId(role, block, NONE);
  }

  /** Its name in a GGUF file. */
  public String name() {
    String word = role.word();
    return switch (role.scope()) {
      case MODEL -> word;
      case BLOCK ->
          step == NONE
              ? "blk." + block + "." + word
              : "blk." + block + ".step." + step + "." + word;
      case ROUTER -> {
        int dot = word.indexOf('.');
        yield step == NONE ? word : word.substring(0, dot) + "." + step + word.substring(dot);
      }
    };
  }

  /** The tensor of that name; empty if no role has such names. */
  public static Optional<TensorId> parse(String name) {
    Matcher inBlock = IN_BLOCK.matcher(name);
    if (inBlock.matches()) {
      return id(name, inBlock.group(3), inBlock.group(1), inBlock.group(2));
    }
    Matcher router = ROUTER_AT_STEP.matcher(name);
    if (router.matches()) {
      return id(name, router.group(1) + "." + router.group(3), null, router.group(2));
    }
    return id(name, name, null, null);
  }

  private static Optional<TensorId> id(
      String name, String word, @Nullable String block, @Nullable String step) {
    TensorRole role = ROLES.get(word);
    if (role == null || (role.scope() == TensorRole.Scope.BLOCK) != (block != null)) {
      return Optional.empty();
    }
    TensorId id = new TensorId(role, number(block), number(step));
    return id.name().equals(name) ? Optional.of(id) : Optional.empty(); // no leading zeros
  }

  private static int number(@Nullable String digits) {
    return digits == null ? NONE : Integer.parseInt(digits);
  }
}
