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
 * The device of each part of a model. Keys and values are on the device of their layer, the token
 * embedding is on the CPU, and the residual stream is on the device of the shared block.
 *
 * @param device has the layers of {@code blocks}; the CPU if no other device is used
 * @param cpu has the other layers
 * @param recursion how layers are shared
 * @param blocks indices of the stored blocks on the device
 * @param hasHead whether the final norm and the head are on the device
 */
public record Placement(
    Device device, Device cpu, RecursionConfig recursion, Set<Integer> blocks, boolean hasHead) {

  public Placement {
    blocks = Set.copyOf(new TreeSet<>(blocks));
  }

  /** A placement of all parts on the CPU. */
  public static Placement onCpu(MorConfig config) {
    Device cpu = Device.cpu();
    RecursionConfig recursion = config.recursion();
    return new Placement(cpu, cpu, recursion, all(recursion), true);
  }

  private static Set<Integer> all(RecursionConfig recursion) {
    return new TreeSet<>(IntStream.range(0, recursion.storedBlockCount()).boxed().toList());
  }

  /** The device of a stored block and its keys and values. */
  public Device ofBlock(int block) {
    return blocks.contains(block) ? device : cpu;
  }

  /** The device of the final norm and the head. */
  public Device ofHead() {
    return hasHead ? device : cpu;
  }

  /**
   * The device of the residual stream and the routers: that of the shared block, or the CPU if the
   * shared block is split.
   */
  public Device ofStream() {
    return sharedLayers().stream().allMatch(blocks::contains) ? device : cpu;
  }

  /** The devices in use, the CPU last. */
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

  /** Whether all parts are on the CPU. */
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

  /** One line for users with the device of each part. */
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
