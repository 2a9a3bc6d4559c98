#!/bin/busybox sh
# First process of the test guest: file systems, vsock, the test program, power off.
/bin/busybox mkdir -p /proc /sys /dev /run /tmp
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
for m in vsock vmw_vsock_virtio_transport_common vsock_loopback; do
	/bin/busybox insmod /modules/$m.ko || echo "GUEST FAIL module $m"
done
echo "GUEST kernel $(/bin/busybox uname -r)"
export LD_LIBRARY_PATH=/lib PATH=/bin
/bin/node /app/guest.cjs
echo "GUEST exit $?"
/bin/busybox reboot -f
