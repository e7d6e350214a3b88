package dev.mor4j.placement;

import dev.mor4j.ggml.Device;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Which device each piece of a model is on. Keys and values are where their layer is, the token
 * embedding is on the CPU, and the residual stream is with the shared block.
 *
 * @param device takes the layers of {@code blocks}; the CPU itself if nothing else is used
 * @param cpu takes the rest
 * @param recursion how layers are shared
 * @param blocks stored blocks on the device
 * @param hasHead whether the last norm and the head are on the device
 */
public record Placement(
    Device device, Device cpu, RecursionConfig recursion, Set<Integer> blocks, boolean hasHead) {

  public Placement {
    blocks = Set.copyOf(new TreeSet<>(blocks));
  }

  /** All on the CPU. */
  public static Placement onCpu(MorConfig config) {
    Device cpu = Device.cpu();
    RecursionConfig recursion = config.recursion();
    return new Placement(cpu, cpu, recursion, all(recursion), true);
  }

  private static Set<Integer> all(RecursionConfig recursion) {
    return new TreeSet<>(IntStream.range(0, recursion.storedBlockCount()).boxed().toList());
  }

  /** Where a stored block is, with its keys and values. */
  public Device ofBlock(int block) {
    return blocks.contains(block) ? device : cpu;
  }

  /** Where the last norm and the head are. */
  public Device ofHead() {
    return hasHead ? device : cpu;
  }

  /**
   * Where the residual stream and the routers are: with the shared block, if all of it is there.
   */
  public Device ofStream() {
    return sharedLayers().stream().allMatch(blocks::contains) ? device : cpu;
  }

  /** The devices used, the CPU last. */
  public List<Device> devices() {
    return device.equals(cpu) ? List.of(cpu) : List.of(device, cpu);
  }

  /** The devices that hold keys and values. */
  public List<Device> cacheDevices() {
    return IntStream.range(0, recursion.storedBlockCount())
        .mapToObj(this::ofBlock)
        .distinct()
        .toList();
  }

  /** Whether nothing but the CPU is used. */
  public boolean isCpuOnly() {
    return device.equals(cpu);
  }

  private List<Integer> sharedLayers() {
    int first = firstSharedLayer(recursion);
    return IntStream.range(first, first + recursion.blockLength()).boxed().toList();
  }

  static int firstSharedLayer(RecursionConfig recursion) {
    return recursion.sharing().hasUnsharedEnds() ? 1 : 0;
  }

  /** One line for users: what is where. */
  @Override
  public String toString() {
    if (isCpuOnly()) {
      return "all on " + cpu;
    }
    List<String> parts = new ArrayList<>();
    boolean hasEnds = recursion.sharing().hasUnsharedEnds();
    if (hasEnds) {
      parts.add("prelude on " + ofBlock(0));
    }
    parts.add(blockWords());
    parts.add(
        hasEnds && hasHead != blocks.contains(recursion.blockLength() + 1)
            ? "coda on %s, head on %s".formatted(ofBlock(recursion.blockLength() + 1), ofHead())
            : (hasEnds ? "coda on " : "head on ") + ofHead());
    return String.join(", ", parts) + "; each with its keys and values";
  }

  private String blockWords() {
    long there = sharedLayers().stream().filter(blocks::contains).count();
    if (there == 0 || there == recursion.blockLength()) {
      return "block on " + ofBlock(firstSharedLayer(recursion));
    }
    return "block's first %s of %s layers on %s, the others on %s"
        .formatted(there, recursion.blockLength(), device, cpu);
  }
}
