"""Makes repo2docker build the image "nslab-binder" and load it.

repo2docker only builds; Docker's client runs the image (`binder/image run`), with the options that the lab needs:

    seccomp=unconfined        unshare(2): "Operation not permitted"
    apparmor=unconfined       mount(2) and unshare(2): "Permission denied"
    systempaths=unconfined    a new /proc and writable sysctls; without it, the lab shares the container's
                              processes, and no namespace can forward packets

`--privileged` is not needed. Docker's API does not know the third option: the client turns it into two empty lists
(MaskedPaths, ReadonlyPaths), which repo2docker cannot pass.
"""

c = get_config()  # noqa: F821
c.Repo2Docker.output_image_spec = "nslab-binder"
c.Repo2Docker.run = False
# An image that repo2docker does not run would stay in the builder, which need not be Docker's own.
c.DockerEngine.extra_buildx_build_args = ["--load"]
c.Repo2Docker.user_id = 1000
c.Repo2Docker.user_name = "jovyan"
