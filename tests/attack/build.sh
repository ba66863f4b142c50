#!/bin/sh
# A machine made of namespaces, for attacks: root calls it in a mount namespace of its own.
#
#   build.sh FOLDERS COMMAND...     FOLDERS: what the tests run from, one a line
#
# Its / is an overlay whose writes go to a tmpfs, so that nothing in it is the real machine's.
# The first line that fails ends it; nothing is written before all of the real machine is read-only.
set -eu
folders=$1; shift
mount -o remount,bind,ro=recursive /

layer() { # NUMBER FOLDER TARGET: show a folder at a place, where it can be written without harm
    mkdir -p "/mnt/$1/upper" "/mnt/$1/work" "$3"
    mount -t overlay overlay -o "lowerdir=$2,upperdir=/mnt/$1/upper,workdir=/mnt/$1/work" "$3"
}

mount -t tmpfs -o mode=755 tmpfs /mnt
layer 0 / /mnt/new
new=/mnt/new
for hidden in run tmp var/tmp dev mnt; do
    mount -t tmpfs -o mode=755 tmpfs $new/$hidden
done
mkdir /mnt/empty
layer home /mnt/empty $new/home
layer root /mnt/empty $new/root
mkdir $new/root/notebooks
mount -t tmpfs -o mode=755 tmpfs $new/root/notebooks # an overlay cannot show its files as another's, a tmpfs can
chmod 1777 $new/tmp $new/var/tmp
chmod 711 $new/root # its owner's alone, but Python may lie in it
number=0
for folder in $folders; do
    number=$((number + 1))
    [ -e "$new$folder" ] || layer $number "$folder" "$new$folder"
done

dev=$new/dev
for node in null zero full random urandom tty fuse net/tun; do
    [ -e /dev/$node ] || continue
    mkdir -p "$(dirname $dev/$node)"
    touch $dev/$node
    mount --bind /dev/$node $dev/$node
done
mkdir $dev/pts $dev/shm $dev/mqueue
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts $dev/pts
mount -t tmpfs -o mode=1777 tmpfs $dev/shm
ln -s pts/ptmx $dev/ptmx
ln -s /proc/self/fd $dev/fd
for stream in 0:stdin 1:stdout 2:stderr; do
    ln -s "/proc/self/fd/${stream%:*}" "$dev/${stream#*:}"
done

cd $new
mkdir old
pivot_root . old
[ "$(stat -f -c %T /)" = overlayfs ]
mount -t proc proc /proc
mount -t sysfs sysfs /sys
if [ -d /old/sys/fs/cgroup ]; then
    mount --rbind /old/sys/fs/cgroup /sys/fs/cgroup
    mount -o remount,bind,ro=recursive /sys/fs/cgroup
fi
umount -l /old
exec "$@"
