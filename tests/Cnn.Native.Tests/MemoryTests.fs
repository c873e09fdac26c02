module Cnn.Native.Tests.MemoryTests
let private placeholder = ()
