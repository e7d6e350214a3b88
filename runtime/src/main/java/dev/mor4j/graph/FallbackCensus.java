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
 * Notes which operations the scheduler gave to another device than the one that holds what they
 * work on. Looks at the first graphs of each part of the model only. One thread.
 */
final class FallbackCensus {
  /** Large and small batches have been among them by then. */
  private static final int MOST_GRAPHS = 16;

  private final Map<Part, Integer> graphCounts = new EnumMap<>(Part.class);
  private final Map<Part, Map<Detour, Integer>> detours = new EnumMap<>(Part.class);

  private record Detour(String operation, Device home, Device found) implements Comparable<Detour> {
    @Override
    public int compareTo(Detour other) {
      return toString().compareTo(other.toString());
    }
  }

  private record Settled(Tensor node, Device home) {}

  /** Has a graph placed, and notes what landed elsewhere. */
  void allocate(Stage stage, BackendScheduler scheduler, ComputeGraph graph) {
    Part part = part(stage);
    if (graphCounts.merge(part, 1, Integer::sum) > MOST_GRAPHS) {
      scheduler.allocate(graph);
      return;
    }
    List<Settled> computed = settled(graph); // before: placing puts copies in place of operands
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
   * Operations that belong to a device: those that read its weights or caches, and those after
   * them, up to the next that reads another's. What belongs to the CPU may run anywhere.
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

  /** What was found so far, part by part. */
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
