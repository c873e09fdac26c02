module Cnn.Native.Tests.KernelFallbackTests
let private placeholder = ()
