package dev.mor4j.natives;

import java.util.Locale;

/** Names the operating system and processor as the resource folders are named. */
final class Platform {
  private Platform() {}

  /** The platform of this process, such as {@code linux-x86_64}. */
  static String current() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static String of(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String arch = osArch.toLowerCase(Locale.ROOT);
    return systemName(os) + "-" + processorName(arch);
  }

  private static String systemName(String os) {
    if (os.startsWith("mac")) {
      return "macos";
    }
    return os.startsWith("windows") ? "windows" : os;
  }

  private static String processorName(String arch) {
    return switch (arch) {
      case "amd64", "x86-64" -> "x86_64";
      case "arm64" -> "aarch64";
      default -> arch;
    };
  }
}
