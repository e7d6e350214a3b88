package dev.mor4j.ggml.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** C structs that ggml owns, made readable from Java for as long as an arena lives. */
@SuppressWarnings({"restricted", "NullAway"}) // jextract's cleanup may be null, its class unmarked
public final class Structs {
  private Structs() {}

  /** A {@code struct ggml_tensor}. */
  public static MemorySegment tensor(MemorySegment raw, Arena arena) {
    return ggml_tensor.reinterpret(raw, arena, null);
  }

  /** A {@code struct ggml_cgraph}: opaque, so of no size. */
  public static MemorySegment graph(MemorySegment raw, Arena arena) {
    return raw.reinterpret(arena, null);
  }

  /** Memory of a size that C says it has. */
  public static MemorySegment memory(MemorySegment raw, long byteSize, Arena arena) {
    return raw.reinterpret(byteSize, arena, null);
  }

  /** Memory of a size that C says it has, for a look that ends while it surely is there. */
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

  /** The entries of an array of pointers that ends with NULL; of none, if there is no array. */
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
