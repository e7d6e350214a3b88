package dev.mor4j.graph;

import dev.mor4j.ggml.BackendScheduler;
import dev.mor4j.ggml.ComputeGraph;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.placement.Fallback;
import dev.mor4j.placement.Part;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Counts operations that the scheduler assigned to another device than the one that holds their
 * weights or cache. Examines the first graphs of each part of the model only. Confined to the
 * engine's thread.
 */
final class FallbackCensus {
  /** By then there have been large and small batches. */
  private static final int MAX_GRAPHS = 16;

  private final Map<Part, Integer> graphCounts = new EnumMap<>(Part.class);
  private final Map<Part, Map<Detour, Integer>> detours = new EnumMap<>(Part.class);

  private record Detour(String operation, Device home, Device found) implements Comparable<Detour> {
    @Override
    public int compareTo(Detour other) {
      return toString().compareTo(other.toString());
    }
  }

  private record Settled(Tensor node, Device home) {}

  /** Allocates a graph and counts the operations that fell back to another device. */
  void allocate(Stage stage, BackendScheduler scheduler, ComputeGraph graph) {
    Part part = part(stage);
    if (graphCounts.merge(part, 1, Integer::sum) > MAX_GRAPHS) {
      scheduler.allocate(graph);
      return;
    }
    List<Settled> computed =
        settled(graph); // before the allocation, which replaces operands by copies
    scheduler.allocate(graph);
    Map<Detour, Integer> counts = new HashMap<>();
    for (Settled each : computed) {
      Device found = scheduler.deviceOf(graph, each.node());
      if (!found.equals(each.home())) {
        Detour detour = new Detour(each.node().operation(), each.home(), found);
        counts.merge(detour, 1, Integer::sum);
      }
    }
    Map<Detour, Integer> known = detours.computeIfAbsent(part, none -> new TreeMap<>());
    counts.forEach((detour, count) -> known.merge(detour, count, Math::max));
  }

  /**
   * Operations that belong to a device: those that read its weights or caches, and the operations
   * after them up to one that reads those of another device. Operations that belong to the CPU may
   * run anywhere and are left out.
   */
  private static List<Settled> settled(ComputeGraph graph) {
    List<Settled> settled = new ArrayList<>();
    Optional<Device> home = Optional.empty();
    for (Tensor node : graph.nodes()) {
      if (node.isComputed()) {
        Set<Device> operands = node.devicesOfOperands();
        if (!operands.isEmpty()) {
          home = operands.stream().filter(device -> device.kind() != Device.Kind.CPU).findFirst();
        }
        home.ifPresent(device -> settled.add(new Settled(node, device)));
      }
    }
    return settled;
  }

  private static Part part(Stage stage) {
    return switch (stage) {
      case Stage.Prelude _ -> Part.PRELUDE;
      case Stage.SharedBlock _ -> Part.BLOCK;
      case Stage.Coda _ -> Part.CODA;
    };
  }

  /** The fallbacks found so far, by part of the model. */
  List<Fallback> fallbacks() {
    List<Fallback> all = new ArrayList<>();
    detours.forEach(
        (part, counts) ->
            counts.forEach(
                (detour, count) ->
                    all.add(
                        new Fallback(
                            part, detour.operation(), count, detour.home(), detour.found()))));
    return all;
  }
}
