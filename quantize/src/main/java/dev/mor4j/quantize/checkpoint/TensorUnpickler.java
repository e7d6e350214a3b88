package dev.mor4j.quantize.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;

/**
 * Reads a pickle that contains only tensors. A pickle is a program: this reader knows the few
 * instructions and globals that a saved state dict needs, and refuses every other one by name
 * before anything is constructed. It never uses the library's own registry of constructors, which
 * would construct a generic object of any class.
 */
final class TensorUnpickler extends Unpickler {
  /** Far above any model's; stops a hostile file from filling memory one opcode at a time. */
  private static final int MAX_OPCODES = 4_000_000;

  /** A storage that the pickle refers to. */
  record Storage(ElementType type, String key, long valueCount) {}

  /** A tensor as the pickle describes it, its values still in a storage. */
  record TensorRef(Storage storage, long offset, TensorExtent extent) {}

  /** The functions that a state dict calls. */
  private enum Function {
    ORDERED_DICT("collections.OrderedDict"),
    REBUILD_TENSOR("torch._utils._rebuild_tensor_v2"),
    REBUILD_PARAMETER("torch._utils._rebuild_parameter");

    private final String global;

    Function(String global) {
      this.global = global;
    }

    private static Optional<Function> of(String global) {
      for (Function function : values()) {
        if (function.global.equals(global)) {
          return Optional.of(function);
        }
      }
      return Optional.empty();
    }
  }

  private int opcodes;

  /**
   * The entries of the pickled dict.
   *
   * @return tensors by name, in the pickle's order
   * @throws PickleException if the pickle is damaged or contains anything but tensors
   */
  Map<String, TensorRef> tensors(byte[] pickle) throws IOException {
    Object root;
    try {
      root = load(new ByteArrayInputStream(pickle));
    } catch (ClassCastException | IndexOutOfBoundsException | ArithmeticException damaged) {
      // The library does not check that its stack has what an instruction needs.
      throw new PickleException("damaged pickle after " + opcodes + " instructions", damaged);
    }
    if (!(root instanceof Map<?, ?> dict)) {
      throw new PickleException("expected a dict of tensors, found " + kind(root));
    }
    Map<String, TensorRef> tensors = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : dict.entrySet()) {
      if (!(entry.getKey() instanceof String name)
          || !(entry.getValue() instanceof TensorRef tensor)) {
        throw new PickleException(
            "entry %s: expected a tensor, found %s"
                .formatted(entry.getKey(), kind(entry.getValue())));
      }
      tensors.put(name, tensor);
    }
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  protected Object dispatch(short opcode) throws IOException {
    if (++opcodes > MAX_OPCODES) {
      throw new PickleException("more than " + MAX_OPCODES + " instructions");
    }
    switch (opcode) {
      case Opcodes.BINUNICODE -> requireLength(Integer.BYTES);
      case Opcodes.BINUNICODE8 -> requireLength(Long.BYTES);
      case Opcodes.GLOBAL -> {
        String module = PickleUtils.readline(input);
        stack.add(global(module + "." + PickleUtils.readline(input)));
        return NO_RETURN_VALUE;
      }
      case Opcodes.STACK_GLOBAL -> {
        Object name = stack.pop();
        stack.add(global(stack.pop() + "." + name));
        return NO_RETURN_VALUE;
      }
      case Opcodes.REDUCE -> {
        Object[] arguments = (Object[]) stack.pop();
        stack.add(call(stack.pop(), arguments));
        return NO_RETURN_VALUE;
      }
      case Opcodes.BUILD -> {
        // The attributes of a state dict (_metadata) do not describe its tensors.
        stack.pop();
        dictOnTop();
        return NO_RETURN_VALUE;
      }
      case Opcodes.EMPTY_DICT -> {
        stack.add(new LinkedHashMap<>());
        return NO_RETURN_VALUE;
      }
      case Opcodes.SETITEM -> {
        Object value = stack.pop();
        Object key = stack.pop();
        putAll(List.of(key, value));
        return NO_RETURN_VALUE;
      }
      case Opcodes.SETITEMS -> {
        putAll(stack.pop_all_since_marker());
        return NO_RETURN_VALUE;
      }
      case Opcodes.PROTO,
          Opcodes.FRAME,
          Opcodes.MARK,
          Opcodes.STOP,
          Opcodes.POP,
          Opcodes.NONE,
          Opcodes.NEWTRUE,
          Opcodes.NEWFALSE,
          Opcodes.BININT,
          Opcodes.BININT1,
          Opcodes.BININT2,
          Opcodes.LONG1,
          Opcodes.BINFLOAT,
          Opcodes.SHORT_BINUNICODE,
          Opcodes.EMPTY_TUPLE,
          Opcodes.TUPLE,
          Opcodes.TUPLE1,
          Opcodes.TUPLE2,
          Opcodes.TUPLE3,
          Opcodes.EMPTY_LIST,
          Opcodes.APPEND,
          Opcodes.APPENDS,
          Opcodes.BINGET,
          Opcodes.LONG_BINGET,
          Opcodes.BINPUT,
          Opcodes.LONG_BINPUT,
          Opcodes.MEMOIZE,
          Opcodes.BINPERSID -> {}
      case Opcodes.INST -> {
        String module = PickleUtils.readline(input);
        throw refused(module + "." + PickleUtils.readline(input));
      }
      default ->
          throw new PickleException(
              String.format(
                  Locale.ROOT,
                  "instruction 0x%02x is not part of a dict of tensors; nothing was run",
                  opcode));
    }
    return super.dispatch(opcode);
  }

  /** Checks a string's length before the library allocates it. */
  private void requireLength(int lengthBytes) throws IOException {
    input.mark(lengthBytes);
    byte[] bytes = PickleUtils.readbytes(input, lengthBytes);
    input.reset();
    long length = 0;
    for (int i = lengthBytes - 1; i >= 0; i--) {
      length = (length << 8) | Byte.toUnsignedLong(bytes[i]);
    }
    int remaining = input.available() - lengthBytes;
    if (length < 0 || length > remaining) {
      throw new PickleException(
          "string of %s bytes, but only %s bytes remain"
              .formatted(Long.toUnsignedString(length), remaining));
    }
  }

  private static Object global(String name) {
    Optional<Function> function = Function.of(name);
    if (function.isPresent()) {
      return function.get();
    }
    if (name.startsWith("torch.")) {
      Optional<ElementType> type = ElementType.ofStorageClass(name.substring("torch.".length()));
      if (type.isPresent()) {
        return type.get();
      }
    }
    throw refused(name);
  }

  private static PickleException refused(String global) {
    return new PickleException(
        "calls %s, which no checkpoint of tensors needs; nothing was run. The file may be malicious: do not load it with other programs"
            .formatted(global));
  }

  private static Object call(Object callee, Object[] arguments) {
    if (callee instanceof Function function) {
      return call(function, arguments);
    }
    throw new PickleException("calls " + kind(callee) + "; nothing was run");
  }

  private static Object call(Function function, Object[] arguments) {
    return switch (function) {
      case ORDERED_DICT -> {
        requireArguments(function, arguments, 0, 0);
        yield new LinkedHashMap<>();
      }
      case REBUILD_TENSOR -> {
        requireArguments(function, arguments, 6, 7);
        yield tensor(arguments);
      }
      case REBUILD_PARAMETER -> {
        requireArguments(function, arguments, 3, 3);
        if (!(arguments[0] instanceof TensorRef tensor)) {
          throw new PickleException("a parameter: expected a tensor, found " + kind(arguments[0]));
        }
        yield tensor;
      }
    };
  }

  private static void requireArguments(Function function, Object[] arguments, int min, int max) {
    if (arguments.length < min || arguments.length > max) {
      throw new PickleException(
          "%s: expected %s to %s arguments, found %s"
              .formatted(function.global, min, max, arguments.length));
    }
  }

  private static TensorRef tensor(Object[] arguments) {
    if (!(arguments[0] instanceof Storage storage)) {
      throw new PickleException("a tensor: expected a storage, found " + kind(arguments[0]));
    }
    long offset = natural(arguments[1]);
    TensorExtent extent;
    try {
      extent = new TensorExtent(naturals(arguments[2]), naturals(arguments[3]));
    } catch (IllegalArgumentException unusable) {
      throw new PickleException("a tensor: " + unusable.getMessage(), unusable);
    }
    if (offset > storage.valueCount() || extent.span() > storage.valueCount() - offset) {
      throw new PickleException(
          "a tensor: shape %s, strides %s at offset %s reach outside storage %s of %s values"
              .formatted(
                  extent.shape(), extent.strides(), offset, storage.key(), storage.valueCount()));
    }
    return new TensorRef(storage, offset, extent);
  }

  @Override
  protected Object persistentLoad(Object id) {
    if (!(id instanceof Object[] parts)
        || parts.length != 5
        || !"storage".equals(parts[0])
        || !(parts[1] instanceof ElementType type)
        || !(parts[2] instanceof String key)) {
      throw new PickleException("expected a reference to a storage, found " + kind(id));
    }
    return new Storage(type, key, natural(parts[4]));
  }

  private void putAll(List<Object> keysAndValues) {
    Map<Object, Object> dict = dictOnTop();
    for (int i = 0; i + 1 < keysAndValues.size(); i += 2) {
      // Other keys could make hashing them arbitrarily slow.
      if (!(keysAndValues.get(i) instanceof String key)) {
        throw new PickleException(
            "dict key: expected a string, found " + kind(keysAndValues.get(i)));
      }
      dict.put(key, keysAndValues.get(i + 1));
    }
  }

  @SuppressWarnings("unchecked") // every map on the stack was made here, and takes any objects
  private Map<Object, Object> dictOnTop() {
    Object top = stack.peek();
    if (!(top instanceof LinkedHashMap<?, ?> dict)) {
      throw new PickleException("expected a dict, found " + kind(top));
    }
    return (Map<Object, Object>) dict;
  }

  private static List<Long> naturals(Object tuple) {
    if (!(tuple instanceof Object[] items)) {
      throw new PickleException("expected a tuple of sizes, found " + kind(tuple));
    }
    List<Long> values = new ArrayList<>();
    for (Object item : items) {
      values.add(natural(item));
    }
    return values;
  }

  private static long natural(Object value) {
    if ((value instanceof Integer || value instanceof Long) && ((Number) value).longValue() >= 0) {
      return ((Number) value).longValue();
    }
    throw new PickleException("expected a whole number of 0 or more, found " + kind(value));
  }

  private static String kind(Object value) {
    return switch (value) {
      case null -> "None";
      case Map<?, ?> dict -> "a dict of " + dict.size();
      case List<?> list -> "a list of " + list.size();
      case Object[] tuple -> "a tuple of " + tuple.length;
      case String text -> "a string of " + text.length();
      case Function function -> function.global;
      case ElementType type -> "torch storage type " + type;
      case Storage storage -> "storage " + storage.key();
      case TensorRef tensor -> "a tensor of shape " + tensor.extent().shape();
      case Number number -> "the number " + number;
      case Object other -> other.getClass().getSimpleName();
    };
  }
}
