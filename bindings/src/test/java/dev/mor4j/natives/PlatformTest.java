package dev.mor4j.natives;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-x86_64",
    "Linux, aarch64, linux-aarch64",
    "Mac OS X, aarch64, macos-aarch64",
    "Mac OS X, x86_64, macos-x86_64",
    "Windows 11, amd64, windows-x86_64",
    "Windows Server 2025, arm64, windows-aarch64",
    "FreeBSD, riscv64, freebsd-riscv64"
  })
  void isNamedAsItsResourceFolder(String osName, String osArch, String expected) {
    assertThat(Platform.of(osName, osArch)).isEqualTo(expected);
  }
}
