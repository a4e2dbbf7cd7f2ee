# Draws results/speed.svg from a comparison's rounds:
#   gnuplot Benchmarks/figure.gnuplot
set datafile separator ","
set terminal svg size 520,320 font "sans-serif,12" background "white"
set output "results/speed.svg"
set border 3
set tics nomirror
set title "A step of 128 images on two cores, every round"
set ylabel "ms"
set xrange [0.5:3.5]
set yrange [0:*]
set xtics ("DistTrain fp32" 1, "PyTorch bf16" 2, "PyTorch fp32" 3)
set grid ytics
unset key
place(side) = side eq "DistTrain" ? 1 : side[1:12] eq "PyTorch bf16" ? 2 : 3
plot "results/torch-20.csv" using (strcol(1) eq "torch" ? place(strcol(5)) : NaN):6:(0.6) every ::1 with boxes fill transparent solid 0.12 lc "#2471a3", \
     "" using (place(strcol(5))):6 every ::1 with points pt 7 ps 0.7 lc "#2471a3"
