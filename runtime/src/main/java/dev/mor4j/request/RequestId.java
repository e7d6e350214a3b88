package dev.mor4j.request;

import java.math.BigInteger;

/** The name that a caller gave a request, so that it finds the result again. */
public sealed interface RequestId {
  /** A name in letters. */
  record Text(String value) implements RequestId {
    @Override
    public String toString() {
      return value;
    }
  }

  /** A number. */
  record Numeric(BigInteger value) implements RequestId {
    @Override
    public String toString() {
      return value.toString();
    }
  }
}
