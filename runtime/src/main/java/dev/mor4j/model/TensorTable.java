package dev.mor4j.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every tensor that models of one configuration have or may have, with names and sizes. Loader,
 * converter, quantizer, byte estimates and test models all read this table; nothing else knows the
 * size of a tensor. Immutable.
 */
public final class TensorTable {
  private final Map<TensorId, TensorSpec> specs = new LinkedHashMap<>();

  /**
   * @param specs in the order in which files are written
   * @throws IllegalArgumentException if two are of the same tensor
   */
  public TensorTable(List<TensorSpec> specs) {
    for (TensorSpec spec : specs) {
      if (this.specs.put(spec.id(), spec) != null) {
        throw new IllegalArgumentException(spec.name() + ": listed twice");
      }
    }
  }

  /** All rows, in the order in which files are written. */
  public List<TensorSpec> specs() {
    return Collections.unmodifiableList(new ArrayList<>(specs.values()));
  }

  /** The row of a tensor that is shared or the only one of its role; empty if models have none. */
  public Optional<TensorSpec> find(TensorId id) {
    return Optional.ofNullable(specs.get(id));
  }

  /**
   * The row of a tensor.
   *
   * @throws IllegalArgumentException if models of this configuration have no such tensor
   */
  public TensorSpec get(TensorId id) {
    return find(id)
        .orElseThrow(() -> new IllegalArgumentException("the model has no tensor " + id.name()));
  }

  /** The row that a name in a file belongs to, be it the shared tensor's or that of one step. */
  public Optional<TensorSpec> named(String name) {
    Optional<TensorId> id = TensorId.parse(name);
    if (id.isEmpty() || id.get().step() == TensorId.NONE) {
      return id.flatMap(this::find);
    }
    Optional<TensorSpec> shared =
        find(id.get().withoutStep()).filter(spec -> id.get().step() < spec.stepCount());
    return shared.isPresent() ? shared : find(id.get());
  }
}
