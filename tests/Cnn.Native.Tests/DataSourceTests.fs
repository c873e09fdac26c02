module Cnn.Native.Tests.DataSourceTests
let private placeholder = ()
