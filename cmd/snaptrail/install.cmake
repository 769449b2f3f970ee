# What `cmake --install` puts where: the program, its names as a plugin of kubectl (argv[0] tells which it is called by), the
# manual page and the completion scripts, which the program itself prints.
include(GNUInstallDirs)

set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
# snaptrail_prints(FILE ARGUMENTS…): a file that the program prints.
function(snaptrail_prints file)
  add_custom_command(OUTPUT ${generated}/${file}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}
    COMMAND snaptrail ${ARGN} > ${generated}/${file}
    DEPENDS snaptrail VERBATIM)
endfunction()
snaptrail_prints(snaptrail.1 man)
snaptrail_prints(snaptrail.bash completion bash)
snaptrail_prints(_snaptrail completion zsh)
snaptrail_prints(snaptrail.fish completion fish)
add_custom_target(snaptrail_generated ALL DEPENDS
  ${generated}/snaptrail.1 ${generated}/snaptrail.bash ${generated}/_snaptrail ${generated}/snaptrail.fish)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/kubectl-snaptrail.1 ".so man1/snaptrail.1\n")

install(TARGETS snaptrail RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(name kubectl-snaptrail kubectl_complete-snaptrail)
  file(CREATE_LINK snaptrail ${CMAKE_CURRENT_BINARY_DIR}/${name} SYMBOLIC)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name} DESTINATION ${CMAKE_INSTALL_BINDIR})
endforeach()
install(FILES ${generated}/snaptrail.1 ${CMAKE_CURRENT_BINARY_DIR}/kubectl-snaptrail.1
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${generated}/snaptrail.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME snaptrail)
install(FILES ${generated}/_snaptrail DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${generated}/snaptrail.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
