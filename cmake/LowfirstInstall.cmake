# LowfirstInstall.cmake — filled in with the install rules.
