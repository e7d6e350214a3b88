package dev.mor4j.ggml.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Makes C structs that ggml owns readable from Java, for the lifetime of an arena. */
@SuppressWarnings({"restricted", "NullAway"}) // jextract's cleanup may be null, its class unmarked
public final class Structs {
  private Structs() {}

  /** A {@code struct ggml_tensor}. */
  public static MemorySegment tensor(MemorySegment raw, Arena arena) {
    return ggml_tensor.reinterpret(raw, arena, null);
  }

  /** A {@code struct ggml_cgraph}, which is opaque and has size zero. */
  public static MemorySegment graph(MemorySegment raw, Arena arena) {
    return raw.reinterpret(arena, null);
  }

  /** Memory whose size C reports. */
  public static MemorySegment memory(MemorySegment raw, long byteSize, Arena arena) {
    return raw.reinterpret(byteSize, arena, null);
  }

  /** Memory whose size C reports; the caller guarantees that it is valid during the access. */
  public static MemorySegment memory(MemorySegment raw, long byteSize) {
    return raw.reinterpret(byteSize);
  }

  /** A {@code struct ggml_type_traits}. */
  public static MemorySegment typeTraits(MemorySegment raw, Arena arena) {
    return ggml_type_traits.reinterpret(raw, arena, null);
  }

  /** Element {@code index} of an array of {@code struct ggml_backend_feature}. */
  public static MemorySegment feature(MemorySegment array, long index, Arena arena) {
    MemorySegment sized = ggml_backend_feature.reinterpret(array, index + 1, arena, null);
    return ggml_backend_feature.asSlice(sized, index);
  }

  /** The elements of a NULL-terminated array of pointers; empty for NULL. */
  public static List<MemorySegment> pointers(MemorySegment array) {
    List<MemorySegment> pointers = new ArrayList<>();
    if (array.equals(MemorySegment.NULL)) {
      return pointers;
    }
    MemorySegment sized = array.reinterpret(Long.MAX_VALUE);
    for (long index = 0; ; index++) {
      MemorySegment pointer = sized.getAtIndex(Ggml.C_POINTER, index);
      if (pointer.equals(MemorySegment.NULL)) {
        return pointers;
      }
      pointers.add(pointer);
    }
  }
}
