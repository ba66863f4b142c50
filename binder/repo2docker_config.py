"""What repo2docker is told (`jupyter-repo2docker --config`): build the image "nslab-binder", and leave it in Docker.

It only builds; Docker's client runs the image (`binder/image run`), with the options that the lab needs:

    seccomp=unconfined        unshare(2): "Operation not permitted"
    apparmor=unconfined       mount(2) and unshare(2): "Permission denied"
    systempaths=unconfined    a /proc of its own and writable switches; without, the lab shares the container's
                              processes, and nothing can be made to forward packets

`--privileged` is not needed. Docker's API does not know the third word; it is the client that turns it into two empty
lists, and repo2docker has no way to hand them on.
"""

c = get_config()  # noqa: F821
c.Repo2Docker.output_image_spec = "nslab-binder"
c.Repo2Docker.run = False
# What repo2docker does not run it leaves in the builder; and the builder need not be Docker's own.
c.DockerEngine.extra_buildx_build_args = ["--load"]
c.Repo2Docker.user_id = 1000
c.Repo2Docker.user_name = "jovyan"
